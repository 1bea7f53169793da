// What a bank's own app needs to speak to Holdfast. docs/app-integration.md
// shows it in use; web/src/app is a whole app made with it.
export { findBank, type Bank } from "./bank";
export { Client, type Answer, type Challenge, type LogLine, type UV } from "./client";
export { checkPIN, forgetDevice, loadDevice, makeKey, makePIN, publicJWK, saveDevice, type Device, type PublicJWK } from "./device";
export { canonical, digestOf, sign } from "./proof";
export { Socket, type Call, type Outcome, type Ready, type Result } from "./socket";
