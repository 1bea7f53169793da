// The socket: docs/app-protocol.md. It connects again by itself, proves the
// device each time, and is shown everything that is open.
import { now, setClock } from "./servertime";
import type { Client, Challenge, Protection } from "./client";
import type { Device } from "./device";
import { sign } from "./proof";

export type Outcome = { hold_id: string; payee_shown: string; amount: { minor: number; currency: string }; outcome: "release" | "reverse"; reason?: string; text: string; decided_at: string };
export type Closed = { challenge_id: string; hold_id: string; status: string; cause?: string; answer?: string };
export type Notice = { kind: string; text: string; at: string };
export type Result = { challenge_id: string; result: string; answer?: string; standing?: string; decision?: { outcome: string } };
export type Ready = { device_id: string; name: string; phrase: string; locale: string; now: string };
export type Call = { calling: boolean; agent?: string; number?: string; rang_in?: boolean; checked?: boolean; text?: string };

export type Events = {
  ready(me: Ready): void;
  challenge(c: Challenge): void;
  closed(c: Closed): void;
  outcome(o: Outcome): void;
  notice(n: Notice): void;
  call(c: Call): void;
  protection(p: Protection | undefined): void;
  /** The socket has gone; another is tried unless it says why there will be none. */
  lost(final?: "device_revoked" | "device_unknown"): void;
};

const slowest = 20_000; // ms between two tries
const patience = 10_000; // ms for a result

export class Socket {
  private ws: WebSocket | undefined;
  private isReady = false;
  private tries = 0;
  private timer = 0;
  private stopped = false;
  private connecting = false; // waits for the token
  private waiting = new Map<string, (r: Result | undefined) => void>();

  constructor(
    private readonly client: Client,
    private readonly device: Device,
    private readonly on: Events,
  ) {
    void this.connect();
  }

  get ready(): boolean {
    return this.isReady;
  }

  /** There is no socket, and not for the first try's sake. */
  get failing(): boolean {
    return !this.isReady && this.tries > 0;
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.ws?.close();
  }

  /** Tries at once what would be tried later: the page shows again, the network is back. */
  wake() {
    if (this.stopped || this.connecting || this.ws) return;
    clearTimeout(this.timer);
    this.tries = 0;
    void this.connect();
  }

  private async connect() {
    this.connecting = true;
    const token = await this.client.token().catch(() => undefined);
    this.connecting = false;
    if (this.stopped) return;
    if (!token) return this.again();
    const ws = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/app/ws`, ["holdfast.v1", `token.${token}`]);
    this.ws = ws;
    let opened = false;
    ws.onopen = () => (opened = true);
    ws.onmessage = (e) => void this.take(ws, JSON.parse(e.data as string) as Record<string, unknown>);
    ws.onclose = () => {
      if (this.ws !== ws) return;
      if (!opened && this.tries > 0) this.client.renew(); // perhaps the token was refused: a browser does not tell
      this.gone();
    };
  }

  private gone() {
    this.ws = undefined;
    this.isReady = false;
    for (const settle of this.waiting.values()) settle(undefined);
    this.waiting.clear();
    if (this.stopped) return;
    this.on.lost();
    this.again();
  }

  /** The server does not answer by another way: a socket that says nothing is none. */
  doubt() {
    const ws = this.ws;
    if (!ws || !this.isReady) return;
    this.gone();
    ws.close(); // whenever it may notice
  }

  private again() {
    if (this.stopped) return;
    const wait = Math.min(slowest, 500 * 2 ** this.tries++);
    this.timer = window.setTimeout(() => void this.connect(), wait * (0.5 + Math.random() / 2)); // not all at once after a restart
  }

  private end(ws: WebSocket, why: string) {
    if (why === "session_ended" || why === "unauthenticated") {
      this.client.renew(); // the next try has another token
      return;
    }
    if (why !== "device_revoked" && why !== "device_unknown") return; // busy, too many: later
    this.stopped = true;
    ws.close();
    this.isReady = false;
    this.on.lost(why);
  }

  private async take(ws: WebSocket, m: Record<string, unknown>) {
    switch (m["type"]) {
      case "hello": {
        this.client.audience = m["audience"] as string;
        if (m["now"]) setClock(m["now"] as string);
        const claims = { aud: this.client.audience, nonce: m["nonce"] as string, device_id: this.device.id };
        this.send({ type: "prove", device_id: this.device.id, jws: await sign("hello", this.device.id, claims, this.device.key, now()) }, ws);
        break;
      }
      case "ready":
        this.tries = 0;
        this.isReady = true;
        setClock(m["now"] as string);
        this.on.ready(m as unknown as Ready);
        break;
      case "challenge": {
        const c = m["challenge"] as Challenge;
        this.send({ type: "receipt", challenge_id: c.id }, ws);
        this.on.challenge(c);
        break;
      }
      case "closed":
        this.on.closed(m as unknown as Closed);
        break;
      case "outcome":
        this.on.outcome(m["outcome"] as Outcome);
        break;
      case "notice":
        this.on.notice(m as unknown as Notice);
        break;
      case "call":
        this.on.call(m as unknown as Call);
        break;
      case "protection":
        this.on.protection(m["protection"] as Protection | undefined);
        break;
      case "result":
        this.waiting.get(m["ref"] as string)?.(m as unknown as Result);
        this.waiting.delete(m["ref"] as string);
        break;
      case "session_ended":
      case "error":
        this.end(ws, m["reason"] as string);
        break;
      default: // new messages may come
    }
  }

  private send(message: object, ws = this.ws) {
    if (ws?.readyState === WebSocket.OPEN) ws.send(JSON.stringify(message));
  }

  /** Sends an answer. Undefined: nobody knows whether it arrived; ask again by HTTP. */
  answer(challenge: string, jws: string): Promise<Result | undefined> {
    if (!this.isReady) return Promise.resolve(undefined);
    const ref = crypto.randomUUID();
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.waiting.delete(ref);
        resolve(undefined);
      }, patience);
      this.waiting.set(ref, (r) => {
        clearTimeout(late);
        resolve(r);
      });
      this.send({ type: "answer", challenge_id: challenge, jws, ref });
    });
  }
}
