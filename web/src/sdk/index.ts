// What a bank's own app needs to speak to Holdfast. docs/app-integration.md
// shows it in use; web/src/app is a whole app made with it.
export { findBank, type Bank } from "./bank";
export { Client, type Answer, type Challenge, type Emergency, type Lock, type LockKind, type Locks, type LockState, type LockWish, type LogLine, type PayeeAnswer, type Protection, type Said, type Signals, type UV, type Wait, type WarningChoice } from "./client";
export { allDevices, forgetDevice, loadDevice, makeKey, publicJWK, saveDevice, type Device, type PIN, type PublicJWK } from "./device";
export { checkPIN, makePIN, type PINResult } from "./pin";
export { canonical, digestOf, sign } from "./proof";
export { Connection, type End, type Link } from "./connection";
export { Socket, type Call, type Notice, type Outcome, type Ready } from "./socket";
