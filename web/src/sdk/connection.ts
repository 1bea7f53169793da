// What an app keeps while it is open: a socket, looking every few seconds when
// there is none, and answers that are sent until it is known what became of
// them. It says what is open; the app shows it.
import { Refused } from "./api";
import { now } from "./servertime";
import type { Answer, Challenge, Client, Protection, Said, UV, Wait, WarningChoice } from "./client";
import type { Device } from "./device";
import { Socket, type Call, type Notice, type Outcome, type Ready } from "./socket";

export type Link = "connecting" | "socket" | "polling" | "cut";

/**
 * How a question ended. `answer` is the one that stands, where it is known. "gone" is
 * one that a list has no more: decided, or asked in another way from now on.
 */
export type End = { challenge: Challenge; how: "answered" | "elsewhere" | "decided" | "expired" | "cancelled" | "gone"; answer?: string };

/** Why an answer does not count: a code of the API's problems. */
export type Refusal = { code: string; left?: number };

export type Events = {
  link(l: Link): void;
  ready(me: Ready): void;
  /** All that is open, the oldest first. */
  challenges(open: Challenge[]): void;
  ended(e: End): void;
  outcome(o: Outcome): void;
  notice(n: Notice): void;
  call(c: Call): void;
  /** What stands for a frozen customer; undefined: they are not frozen. */
  protection(p: Protection | undefined): void;
  /** Payments that wait, and ask nothing meanwhile. */
  waits(w: Wait[]): void;
  /** It is over, until the customer signs in or enrols again. */
  stopped(why: "unauthenticated" | "device_revoked" | "device_unknown"): void;
};

const lookEvery = 5000; // ms; the socket does not tell of texts
const pollEvery = 3000;
const retryEvery = 2000;
const settled = 1000; // after an answer: what else asked about the payment has ended with it

export class Connection {
  private readonly socket: Socket;
  private open: Challenge[] = [];
  private looked = false; // the first list is in, or cannot be had
  private readonly over = new Set<string>(); // challenges that an older list may still have
  private readonly missing = new Set<string>(); // not in the last list: the socket will say why
  private readonly answering = new Set<string>();
  private timer = 0;
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly device: Device,
    private readonly on: Events,
  ) {
    this.socket = new Socket(client, device, {
      ready: (me) => {
        on.link("socket");
        on.ready(me);
      },
      challenge: (c) => !this.over.has(c.id) && this.show([...this.open.filter((x) => x.id !== c.id), c]),
      closed: (c) => c.cause === "wait" ? this.waits(c.challenge_id) : this.close(c.challenge_id, c.status === "answered" ? "elsewhere" : c.status === "expired" ? "expired" : "cancelled", c.answer),
      outcome: (o) => on.outcome(o),
      notice: (n) => on.notice(n),
      call: (c) => on.call(c),
      protection: (p) => on.protection(p),
      lost: (why) => (why ? this.end(why) : void this.look()),
    });
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    void this.look();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket.stop();
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }

  private wake = () => {
    if (document.visibilityState === "hidden") return;
    this.socket.wake();
    void this.look();
  };

  private end(why: Parameters<Events["stopped"]>[0]) {
    if (this.stopped) return;
    this.stop();
    this.on.stopped(why);
  }

  /** Looks what is open: texts always, and everything while there is no socket. */
  private async look() {
    clearTimeout(this.timer);
    try {
      const before = this.open;
      const { challenges, waits, protection } = await this.client.look();
      if (this.stopped) return;
      if (this.socket.failing) this.on.link("polling");
      this.on.protection(protection);
      for (const x of waits ?? []) if (x.challenge) this.drop(x.challenge.id);
      this.on.waits(waits ?? []);
      this.merge(challenges, before);
      if (!this.socket.ready) this.on.call(await this.client.call());
    } catch (e) {
      if (e instanceof Refused && e.code === "unauthenticated") this.end(e.code);
      else this.unanswered(e);
    }
    this.lookIn(this.socket.ready ? lookEvery : pollEvery);
  }

  /** Nobody answered: whatever the socket looks like, it is not connected. */
  private unanswered(e: unknown) {
    if (this.stopped) return;
    this.looked = this.looked || this.socket.ready;
    if (e instanceof Refused && e.code === "unreachable") this.socket.doubt();
    if (!this.socket.ready) this.on.link("cut");
  }

  /** Asks at this moment whether the bank is calling; rejects when that cannot be known. */
  async calling(): Promise<Call> {
    try {
      return await this.client.call();
    } catch (e) {
      this.unanswered(e);
      throw e;
    }
  }

  private lookIn(ms: number) {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = window.setTimeout(() => void this.look(), ms);
  }

  /** Takes a list in. What was open before it was asked for and is not in it has ended. */
  private merge(list: Challenge[], before: Challenge[]) {
    const known = new Map(this.open.map((c) => [c.id, c]));
    for (const c of before) {
      if (list.some((l) => l.id === c.id)) this.missing.delete(c.id);
      else if (this.socket.ready && c.channel !== "sms" && !this.missing.has(c.id)) this.missing.add(c.id);
      else this.close(c.id, Date.parse(c.answerable_until) <= now() ? "expired" : "gone");
    }
    // A list does not know which device asks: what the socket said of that stays.
    const fresh = list.filter((c) => !this.over.has(c.id)).map((c) => ({ ...c, can_approve: known.get(c.id)?.can_approve ?? c.can_approve, why_not: known.get(c.id)?.why_not ?? c.why_not }));
    this.looked = true;
    this.show([...this.open.filter((c) => !fresh.some((f) => f.id === c.id)), ...fresh]);
  }

  private show(open: Challenge[]) {
    this.open = open.sort((a, b) => a.opened_at.localeCompare(b.opened_at) || a.id.localeCompare(b.id));
    if (this.looked) this.on.challenges(this.open);
  }

  private close(id: string, how: End["how"], answer?: string) {
    const challenge = this.open.find((c) => c.id === id);
    if (!challenge || this.answering.has(id)) return; // an answer's own result says how it ended
    this.over.add(id);
    this.show(this.open.filter((c) => c.id !== id));
    this.on.ended({ challenge, how, answer });
  }

  /** It was taken back because the payment waits: nothing has ended. */
  private waits(id: string) {
    this.drop(id);
    this.lookIn(0);
  }

  private drop(id: string) {
    if (!this.open.some((c) => c.id === id)) return;
    this.over.add(id);
    this.show(this.open.filter((c) => c.id !== id));
  }

  /** Answers what comes before a payment. Undefined: it is on record; else why it is not. */
  interview = (c: Challenge, said: Said[]) => this.talk(c, this.client.interview(this.device, c, said));

  /** Says what became of a warning. */
  warned = (c: Challenge, choice: WarningChoice, seconds: number) => this.talk(c, this.client.warned(this.device, c, choice, seconds));

  private async talk(c: Challenge, call: ReturnType<Client["interview"]>): Promise<string | undefined> {
    try {
      const got = await call;
      if (got.wait) this.waits(c.id); // it waits for a time, or for a call
      else this.show(this.open.map((x) => (x.hold_id === c.hold_id && x.interview ? { ...x, interview: got.interview, callback_only: got.callback_only ?? x.callback_only } : x)));
      return undefined;
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      if (e.code === "unauthenticated") this.end(e.code);
      if (e.code === "interview_answered" || e.code === "hold_decided" || e.code === "not_found") this.lookIn(0); // what stands comes with the list
      return e.code;
    }
  }

  /** Its time is up by the server's clock, whether or not that can say so now. */
  expire(c: Challenge) {
    this.close(c.id, "expired");
  }

  /**
   * Signs and sends an answer to a push. Undefined: the question has ended, and
   * `ended` has said how; else why the answer does not count. While there is no
   * connection it goes on trying (`trying` is told): an answer that may have
   * arrived is never given up, and the server takes only the first.
   */
  async answer(c: Challenge, answer: Answer, uv: UV, trying: () => void): Promise<Refusal | undefined> {
    this.answering.add(c.id);
    let got = (await this.bySocket(c, answer, uv)) ?? (await this.byHTTP(c, answer, uv));
    while (passing.has(got.code) && !this.stopped) {
      trying();
      await new Promise((ok) => setTimeout(ok, retryEvery));
      got = await this.byHTTP(c, answer, uv);
    }
    this.answering.delete(c.id);
    return this.settle(c, answer, got);
  }

  /** Approves with the code of a text. Never repeated by itself: each try counts. */
  async code(c: Challenge, code: string): Promise<Refusal | undefined> {
    this.answering.add(c.id);
    const got = await told(this.client.code(c.id, code));
    this.answering.delete(c.id);
    if (c.code && got.left !== undefined) this.show(this.open.map((x) => (x.id === c.id ? { ...x, code: { ...c.code!, tries_left: got.left! } } : x)));
    return this.settle(c, "approve", got);
  }

  private async bySocket(c: Challenge, answer: Answer, uv: UV): Promise<Got | undefined> {
    if (!this.socket.ready) return undefined;
    const r = await this.socket.answer(c.id, await this.client.proof(this.device, c, answer, uv));
    return r && { code: r.result, standing: r.standing };
  }

  private async byHTTP(c: Challenge, answer: Answer, uv: UV): Promise<Got> {
    return told(this.client.answer(c.id, await this.client.proof(this.device, c, answer, uv)));
  }

  private settle(c: Challenge, answer: string, got: Got): Refusal | undefined {
    const how = got.standing === answer ? "answered" : hows[got.code]; // ours arrived before, and its acknowledgement did not
    if (got.code === "unauthenticated") this.end(got.code);
    if (!how) return got;
    this.close(c.id, how, how === "answered" ? answer : got.standing);
    this.lookIn(settled);
    return undefined;
  }
}

type Got = Refusal & { standing?: string };

const hows: Record<string, End["how"]> = {
  accepted: "answered",
  already_answered: "elsewhere",
  hold_decided: "decided",
  challenge_expired: "expired",
  challenge_cancelled: "cancelled",
};

/** What may work when it is tried again. */
const passing = new Set(["unreachable", "busy", "internal"]);

/** A call's result as a code: "accepted", or why not. */
async function told(call: Promise<unknown>): Promise<Got> {
  try {
    await call;
    return { code: "accepted" };
  } catch (e) {
    if (!(e instanceof Refused)) throw e;
    return { code: e.code, standing: e.problem?.stands?.answer, left: e.problem?.tries_left };
  }
}
