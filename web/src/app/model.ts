// What the app knows: one object, changed by the socket, by looking, and by the
// customer; the pages show it.
import { now } from "../base/clock";
import { Refused } from "../base/api";
import { checkPIN, Client, loadDevice, Socket, type Answer, type Bank, type Call, type Challenge, type Device, type Outcome, type Ready, type UV } from "../sdk";

export type Phase = "loading" | "noStorage" | "enrol" | "ready" | "revoked" | "ended";
export type Link = "connecting" | "socket" | "polling" | "cut";
/** How a question ended, as the customer is told. */
export type End = { challenge: Challenge; how: "answered" | "elsewhere" | "decided" | "expired" | "cancelled"; answer?: string };

export type State = {
  phase: Phase;
  link: Link;
  lost: boolean; // the bank knows devices, and this one has no key
  device?: Device;
  me?: Ready;
  challenges: Challenge[]; // the oldest first
  ends: End[]; // not yet dismissed
  outcomes: Outcome[]; // the newest first
  notice?: { kind: string; text: string };
  call: Call;
  help?: string; // the customer has called for help: what follows
};

const lookEvery = 5000; // ms; with the socket only texts are news
const pollEvery = 3000;
const retryEvery = 2000;

export class Model {
  state: State = { phase: "loading", link: "connecting", lost: false, challenges: [], ends: [], outcomes: [], call: { calling: false } };
  readonly client: Client;
  private listeners = new Set<() => void>();
  private socket: Socket | undefined;
  private timer = 0;
  private answering = new Set<string>();
  private shown = new Set<string>(); // by the socket that there is now

  constructor(readonly bank: Bank) {
    this.client = new Client(bank);
    void this.begin();
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  subscribe = (f: () => void) => {
    this.listeners.add(f);
    return () => this.listeners.delete(f);
  };

  private set(change: Partial<State>) {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((f) => f());
  }

  private wake() {
    this.socket?.wake();
    if (this.state.phase === "ready") void this.look();
  }

  private async begin() {
    let device: Device | undefined;
    try {
      device = await loadDevice(this.bank.customer);
    } catch {
      this.set({ phase: "noStorage" });
      return;
    }
    if (device) {
      this.use(device);
      return;
    }
    try {
      const known = await this.client.devices();
      this.set({ phase: "enrol", lost: known.some((d) => !d.revoked_at) });
    } catch (e) {
      this.failed(e);
      if (this.state.phase === "loading") setTimeout(() => void this.begin(), pollEvery);
    }
  }

  /** This browser is this device from now on. */
  use(device: Device) {
    this.set({ phase: "ready", device });
    this.socket?.stop();
    this.socket = new Socket(this.client, device, {
      ready: (me) => {
        this.shown.clear();
        this.set({ me, link: "socket" });
      },
      challenge: (c) => {
        this.shown.add(c.id);
        this.show(c);
      },
      closed: (c) => this.closed(c.challenge_id, c.status, c.answer),
      outcome: (o) => this.set({ outcomes: [o, ...this.state.outcomes.filter((x) => x.hold_id !== o.hold_id)].slice(0, 20) }),
      notice: (notice) => this.set({ notice }),
      call: (call) => this.set({ call }),
      lost: (final) => {
        if (final === "unauthenticated") this.set({ phase: "ended" });
        else if (final) this.set({ phase: "revoked" });
        else this.set({ link: "cut" });
      },
    });
    void this.look();
  }

  private failed(e: unknown) {
    if (e instanceof Refused && e.code === "unauthenticated") this.set({ phase: "ended" });
    else if (!this.socket?.ready) this.set({ link: "cut" });
  }

  /** Looks what is open. The socket tells of pushes at once; texts are found here. */
  private async look() {
    clearTimeout(this.timer);
    try {
      const list = await this.client.challenges();
      const live = this.socket?.ready ?? false;
      if (!live) this.set({ link: "polling" });
      const known = new Map(this.state.challenges.map((c) => [c.id, c]));
      const open = list.filter((c) => !this.answering.has(c.id)).map((c) => (live && c.channel === "push" ? (known.get(c.id) ?? c) : { ...c, ...narrow(known.get(c.id)) }));
      const told = (c: Challenge) => live && this.shown.has(c.id); // the socket will say how it ended
      for (const c of this.state.challenges) if (!told(c) && !open.some((o) => o.id === c.id) && !this.answering.has(c.id)) this.closed(c.id, Date.parse(c.answerable_until) <= now() ? "expired" : "gone");
      this.set({ challenges: [...open, ...this.state.challenges.filter((c) => told(c) && !open.some((o) => o.id === c.id))].sort(byAge) });
      if (!live) this.set({ call: await this.client.call() });
    } catch (e) {
      this.failed(e);
    }
    if (this.state.phase === "ready") this.timer = window.setTimeout(() => void this.look(), this.socket?.ready ? lookEvery : pollEvery);
  }

  private show(c: Challenge) {
    this.set({ challenges: [...this.state.challenges.filter((x) => x.id !== c.id), c].sort(byAge) });
  }

  private closed(id: string, status: string, answer?: string) {
    const c = this.state.challenges.find((x) => x.id === id);
    if (!c || this.answering.has(id)) return;
    const how = status === "answered" ? "elsewhere" : status === "expired" ? "expired" : status === "gone" ? "decided" : "cancelled";
    this.end({ challenge: c, how, answer });
  }

  private end(e: End) {
    this.set({ challenges: this.state.challenges.filter((x) => x.id !== e.challenge.id), ends: [...this.state.ends.filter((x) => x.challenge.id !== e.challenge.id), e] });
  }

  dismiss(id: string) {
    this.set({ ends: this.state.ends.filter((e) => e.challenge.id !== id) });
  }

  /** The last device of this browser has no key any more. */
  forgotten() {
    this.socket?.stop();
    this.set({ phase: "enrol", lost: true, device: undefined });
  }

  /**
   * Answers a push. It comes back with nothing when the answer stands or the
   * question has ended another way (the state says which), else with the code of
   * a refusal. While there is no connection it goes on trying: an answer that
   * may have arrived is asked about, never simply given up.
   */
  async answer(c: Challenge, answer: Answer, uv: UV, trying: () => void): Promise<string | undefined> {
    this.answering.add(c.id);
    try {
      for (let first = true; ; first = false) {
        const got = (first && (await this.bySocket(c, answer, uv))) || (await this.byHTTP(c, answer, uv));
        if (!passing.has(got.code)) return this.settle(c, answer, got);
        trying();
        await new Promise((ok) => setTimeout(ok, retryEvery));
      }
    } finally {
      this.answering.delete(c.id);
    }
  }

  private async bySocket(c: Challenge, answer: Answer, uv: UV): Promise<Got | undefined> {
    if (!this.socket?.ready) return undefined;
    const r = await this.socket.answer(c.id, await this.client.proof(this.state.device!, c, answer, uv));
    return r && { code: r.result, standing: r.standing };
  }

  private byHTTP = async (c: Challenge, answer: Answer, uv: UV): Promise<Got> => tell(this.client.answer(c.id, await this.client.proof(this.state.device!, c, answer, uv)));

  private settle(c: Challenge, answer: string, got: Got): string | undefined {
    const ends: Record<string, End["how"]> = {
      accepted: "answered",
      already_answered: got.standing === answer ? "answered" : "elsewhere", // ours arrived, and its acknowledgement did not
      hold_decided: "decided",
      challenge_expired: "expired",
      challenge_cancelled: "cancelled",
    };
    const how = ends[got.code];
    if (got.code === "unauthenticated") this.set({ phase: "ended" });
    if (!how) return got.code;
    this.end({ challenge: c, how, answer: how === "answered" ? answer : got.standing });
    return undefined;
  }

  /** Answers a text with its code: nothing when it stands, else why not. */
  async code(c: Challenge, code: string): Promise<{ code: string; left?: number } | undefined> {
    const got = await tell(this.client.code(c.id, code));
    if (got.code === "code_incorrect") {
      const left = got.left ?? 0;
      this.set({ challenges: this.state.challenges.map((x) => (x.id === c.id && x.code ? { ...x, code: { ...x.code, tries_left: left } } : x)) });
      return got;
    }
    const refused = this.settle(c, "approve", got);
    return refused ? { code: refused } : undefined;
  }

  /** Stops everything, and reports a decided payment if one is named. The sessions end with it. */
  async report(hold?: string): Promise<void> {
    this.set({ help: (await (hold ? this.client.notMe(hold) : this.client.help())).text });
  }

  pin = (pin: string) => checkPIN(this.state.device!, pin);
}

const byAge = (a: Challenge, b: Challenge) => a.id.localeCompare(b.id);

type Got = { code: string; standing?: string; left?: number };

/** What may work when it is tried again. */
const passing = new Set(["unreachable", "busy", "internal"]);

/** A call's result as a code: "accepted", or why not. */
async function tell(call: Promise<unknown>): Promise<Got> {
  try {
    await call;
    return { code: "accepted" };
  } catch (e) {
    if (!(e instanceof Refused)) throw e;
    return { code: e.code, standing: e.problem?.stands?.answer, left: e.problem?.tries_left };
  }
}

/** What only the socket knows of this device, kept while it is away. */
const narrow = (c: Challenge | undefined) => (c ? { can_approve: c.can_approve, why_not: c.why_not } : {});
