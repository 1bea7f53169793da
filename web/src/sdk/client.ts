// The calls that an app makes, and its proofs. One client is one customer on
// one device.
import { makeAPI, reply, Refused, within, type API, type Schemas } from "./api";
import { now, setClock } from "./servertime";
import type { Bank } from "./bank";
import { digestOf, sign } from "./proof";
import { allDevices, loadDevice, makeKey, publicJWK, saveDevice, type Device } from "./device";
import { makePIN } from "./pin";

export type Challenge = Schemas["AppChallenge"];
export type Answer = "approve" | "deny" | "not_me";
export type UV = "none" | "pin" | "biometric";
export type LogLine = Schemas["LogLine"];
/** What stands for a customer who is frozen. */
export type Protection = Schemas["Protection"];
/** What was stopped at once, and what goes on. */
export type Emergency = Schemas["Emergency"];
/** What is in force of each kind of lock, and what comes. */
export type Locks = Schemas["CustomerLocks"];
export type Lock = Schemas["Lock"];
export type LockState = Schemas["LockState"];
export type LockKind = Schemas["LockKind"];
/** A lock as it is to be. */
export type LockWish = Schemas["LockWish"] & { kind: LockKind };
/** A payment that waits. */
export type Wait = Schemas["AppWait"];
/** What a customer is told of an account. */
export type PayeeAnswer = Schemas["AppPayeeCheck"];
/** One answer of an interview, by codes. */
export type Said = Schemas["SaidCode"];
export type WarningChoice = "went_on" | "told" | "stopped";
/** What a device knows of itself. A browser knows next to nothing: unknown stays unknown. */
export type Signals = { on_call?: Sign; screen_shared?: Sign; remote_tool?: Sign; overlay?: Sign; integrity?: "none" | "basic" | "strong" | "failed" };
type Sign = "yes" | "no" | "unknown";

/** Milliseconds within which what the customer looks at has to be known, or is not known. */
const known = 5000;

const signedOut = new Refused({ type: "/docs#unauthenticated", title: "Signed out", status: 401, code: "unauthenticated" });

export class Client {
  private current: Promise<string> | undefined;
  private readonly api: API;

  constructor(readonly bank: Bank) {
    this.api = makeAPI("", async () => ({ Authorization: `Bearer ${await this.token()}` }));
  }

  /** Whom proofs are for, as the server has said. */
  audience = location.origin;

  /** The token in force; asked of the bank once. Refused "unauthenticated": the bank gives none any more. */
  token(): Promise<string> {
    this.current ??= this.bank.token().catch((e: unknown) => {
      this.current = undefined;
      if (e instanceof TypeError) throw e; // no network, as fetch says it
      throw signedOut;
    });
    return this.current;
  }

  /** Forgets the token, so that the bank is asked for another. */
  renew() {
    this.current = undefined;
  }

  /** Calls with a token that is good: refused once, the bank is asked for another. */
  private async ask<T>(call: () => Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    try {
      return await reply(call());
    } catch (e) {
      if (!(e instanceof Refused) || e.code !== "unauthenticated") throw e;
      this.renew();
      return reply(call());
    }
  }

  /**
   * The device that this browser is for the customer. Undefined: none, or its
   * key was lost. Without the customer's id it is the one that the server lists.
   */
  async device(): Promise<Device | undefined> {
    if (this.bank.customer) return loadDevice(this.bank.customer);
    const theirs = new Set((await this.devices()).map((d) => d.id));
    return (await allDevices()).find((d) => theirs.has(d.id));
  }

  /** What is open, what waits, and what stands if the customer is frozen. */
  async look(): Promise<{ challenges: Challenge[]; waits?: Wait[]; protection?: Protection }> {
    const list = await within(known, this.ask(() => this.api.GET("/v1/app/challenges")));
    setClock(list.now);
    return list;
  }

  /** Makes a key and enrols it. The PIN stays on this device. */
  async enrol(name: string, pin: string): Promise<Device> {
    const key = await makeKey(), public_key = await publicJWK(key);
    const n = await this.ask(() => this.api.POST("/v1/app/devices/nonce"));
    setClock(n.now);
    this.audience = n.audience;
    const proof = await sign("enrol", undefined, { aud: n.audience, nonce: n.nonce, customer_id: n.customer_id }, key, now());
    const known = await this.ask(() => this.api.POST("/v1/app/devices", { body: { name, public_key, proof } }));
    const device = { customer: this.bank.customer ?? n.customer_id, id: known.id, name, key, pin: await makePIN(pin) };
    await saveDevice(device);
    return device;
  }

  devices = async () => (await this.ask(() => this.api.GET("/v1/app/devices"))).devices;

  /** Removes another device of the customer's. It takes one that is old enough. */
  async revoke(by: Device, target: string): Promise<void> {
    const proof = await sign("revoke", by.id, { aud: this.audience, device_id: target }, by.key, now());
    await this.ask(() => this.api.DELETE("/v1/app/devices/{device_id}", { params: { path: { device_id: target }, header: { "Holdfast-Proof": proof } } }));
  }

  /** Whom the customer trusts, and how many there may be: none where the bank has none. */
  contacts = () => this.ask(() => this.api.GET("/v1/app/contacts"));

  /** Names somebody, by this device's word. They are asked by text. */
  async nameContact(d: Device, name: string, phone: string) {
    const proof = await this.word(d, `${phone} ${name}`);
    return this.ask(() => this.api.POST("/v1/app/contacts", { body: { name, phone, proof } }));
  }

  /** Takes somebody off, by this device's word: who counts goes on counting until leaves_at. */
  async removeContact(d: Device, id: string): Promise<void> {
    const proof = await this.word(d, id);
    await this.ask(() => this.api.DELETE("/v1/app/contacts/{contact_id}", { params: { path: { contact_id: id }, header: { "Holdfast-Proof": proof } } }));
  }

  /** Keeps somebody who was to be taken off, by this device's word. */
  async keepContact(d: Device, id: string): Promise<void> {
    const proof = await this.word(d, `keep ${id}`);
    await this.ask(() => this.api.POST("/v1/app/contacts/{contact_id}/keep", { params: { path: { contact_id: id } }, body: { proof } }));
  }

  /** Agrees to be somebody whom another customer trusts, or not. */
  async answerContact(d: Device, id: string, agree: boolean): Promise<void> {
    const proof = await this.word(d, `${agree ? "agree" : "decline"} ${id}`);
    await this.ask(() => this.api.POST("/v1/app/contacts/{contact_id}", { params: { path: { contact_id: id } }, body: { agree, proof } }));
  }

  /** Signs a word on a contact, over a nonce of its own. */
  private async word(d: Device, contact: string): Promise<string> {
    const n = await this.ask(() => this.api.POST("/v1/app/devices/nonce"));
    setClock(n.now);
    return sign("contact", d.id, { aud: n.audience, nonce: n.nonce, contact }, d.key, now());
  }

  /** The customer's locks on their own payments. */
  locks = () => this.ask(() => this.api.GET("/v1/app/locks"));

  /** Sets a lock that is stricter than before. Refused "proof_missing": it would loosen, and loosenLock is the way. */
  putLock = (kind: LockKind, wish: LockWish) => this.ask(() => this.api.PUT("/v1/app/locks/{lock_kind}", { params: { path: { lock_kind: kind } }, body: plain(wish) }));

  /** Makes a lock weaker, or takes it off, by this device's word; who uses it has to have given its PIN. It counts after a wait. */
  async loosenLock(d: Device, kind: LockKind, wish?: LockWish) {
    const n = await this.ask(() => this.api.POST("/v1/app/devices/nonce"));
    setClock(n.now);
    const lock = wish && plain(wish), digest = await digestOf({ kind, ...(lock && { lock }) });
    const proof = await sign("lock", d.id, { aud: n.audience, nonce: n.nonce, wish: digest, uv: "pin" }, d.key, now());
    const params = { path: { lock_kind: kind }, header: { "Holdfast-Proof": proof } };
    return this.ask(() => (lock ? this.api.PUT("/v1/app/locks/{lock_kind}", { params, body: lock }) : this.api.DELETE("/v1/app/locks/{lock_kind}", { params })));
  }

  /** Stops what comes of a lock. */
  stopLock = (kind: LockKind) => this.ask(() => this.api.POST("/v1/app/locks/{lock_kind}/stop", { params: { path: { lock_kind: kind } } }));

  /** Signs an answer to what the challenge's document says. */
  async proof(d: Device, c: Challenge, answer: Answer, uv: UV): Promise<string> {
    return sign("answer", d.id, { aud: c.audience, challenge_id: c.id, nonce: c.nonce, tx_digest: await digestOf(c.document), answer, uv }, d.key, now());
  }

  /** Signs answers to what comes before a challenge, and sends them. */
  async interview(d: Device, c: Challenge, answers: Said[], signals: Signals = {}) {
    const proof = await sign("interview", d.id, { aud: c.audience, challenge_id: c.id, nonce: c.nonce, answers, signals }, d.key, now());
    return this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/interview", { params: { path: { challenge_id: c.id } }, body: { proof } }));
  }

  /** Signs what became of the warning that was shown, and sends it. */
  async warned(d: Device, c: Challenge, choice: WarningChoice, seconds: number) {
    const { digest, locale } = c.interview!.warning!;
    const proof = await sign("warning", d.id, { aud: c.audience, challenge_id: c.id, nonce: c.nonce, digest, locale, seconds, choice }, d.key, now());
    return this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/warning", { params: { path: { challenge_id: c.id } }, body: { proof } }));
  }

  answer = (id: string, proof: string) => this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/answer", { params: { path: { challenge_id: id } }, body: { proof } }));

  code = (id: string, code: string) => this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/answer", { params: { path: { challenge_id: id } }, body: { code } }));

  resend = (id: string) => this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/resend", { params: { path: { challenge_id: id } } }));

  /** The address of a face check; open it in the browser. */
  link = async (id: string) => (await this.ask(() => this.api.POST("/v1/app/challenges/{challenge_id}/link", { params: { path: { challenge_id: id } } }))).url;

  log = async () => (await this.ask(() => this.api.GET("/v1/app/log", { params: { query: { limit: 50 } } }))).lines;

  notMe = (hold: string) => this.ask(() => this.api.POST("/v1/app/holds/{hold_id}/not_me", { params: { path: { hold_id: hold } } }));

  help = () => this.ask(() => this.api.POST("/v1/app/help"));

  /** Stops everything, from any session. The sessions end with it, this one too. */
  stopEverything = () => this.ask(() => this.api.POST("/v1/app/emergency"));

  /** What was stopped the last time, and what goes on meanwhile. */
  emergency = () => within(known, this.ask(() => this.api.GET("/v1/app/emergency")));

  /** What anybody may know of an account, before it is paid: never that it is safe. The country of the customer's locale tells apart what is written alike. */
  payee = (account: string, name = "", locale = "") => {
    const country = /-([A-Z]{2})(?:-|$)/.exec(locale)?.[1];
    return within(known, this.ask(() => this.api.POST("/v1/app/payee-checks", { body: { account, ...(country && { country }), ...(name && { name }) } })));
  };

  /** Is the bank calling at this moment? Within five seconds, or nobody can tell. */
  call = () => within(known, this.ask(() => this.api.GET("/v1/app/call")));
}

/** A lock as it is signed: without what is empty or zero. */
const plain = (l: LockWish) => Object.fromEntries(Object.entries(l).filter(([, v]) => v && !(Array.isArray(v) && v.length === 0))) as LockWish;
