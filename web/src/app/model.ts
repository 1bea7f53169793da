// What the app knows: one object, changed by the connection and by the
// customer; the pages show it.
import { Refused } from "../sdk/api";
import { checkPIN, Client, Connection, type Answer, type Bank, type Call, type Challenge, type Device, type Emergency, type End, type Link, type Notice, type Outcome, type Protection, type Ready, type Said, type UV, type Wait, type WarningChoice } from "../sdk";

const learnEvery = 10_000; // ms, while something is not known to be decided

export type Phase = "loading" | "noStorage" | "enrol" | "ready" | "revoked" | "ended";

/** Why this browser has no key any more, as far as it is known. */
export type Lost = "key" | "pin";

export type State = {
  phase: Phase;
  link: Link;
  lost?: Lost;
  looked: boolean; // what is open is known
  device?: Device;
  me?: Ready;
  challenges: Challenge[]; // the oldest first
  ends: End[]; // not yet dismissed, one a hold
  outcomes: Outcome[]; // the newest first
  notice?: Notice;
  call: Call;
  waits: Wait[]; // payments that wait
  protection?: Protection; // of a customer who is frozen
  help?: string; // the customer has called for help: what follows
  stopped?: Emergency; // the customer has stopped everything just now
};

/** What is said of the line: with the bank on it, proved; while the bank calls, and somebody else may be on it; and else. Nobody hangs up on their bank. */
export const byCall = (call: Call, proved: string, calls: string, none: string) => (call.checked ? proved : call.calling ? calls : none);

const beginAgain = 3000; // ms

export class Model {
  state: State = { phase: "loading", link: "connecting", looked: false, challenges: [], waits: [], ends: [], outcomes: [], call: { calling: false } };
  readonly client: Client;
  private listeners = new Set<() => void>();
  private connection: Connection | undefined;
  private learnt = 0; // when the log was asked last, ms
  private gone: End[] = []; // questions of which it is not known whether they were decided
  private told = new Set<string>(); // holds whose end the customer has been told

  constructor(readonly bank: Bank) {
    this.client = new Client(bank);
    void this.begin();
    document.addEventListener("visibilitychange", () => {
      if (this.state.phase === "ended" && document.visibilityState === "visible") void this.resume();
    });
  }

  subscribe = (f: () => void) => {
    this.listeners.add(f);
    return () => this.listeners.delete(f);
  };

  private set(change: Partial<State>) {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((f) => f());
  }

  private async begin() {
    try {
      const device = await this.client.device();
      if (device) return this.use(device);
      const known = await this.client.devices();
      const { protection } = await this.client.look();
      this.set({ phase: "enrol", link: "connecting", lost: known.some((d) => !d.revoked_at) ? "key" : undefined, protection });
    } catch (e) {
      if (!(e instanceof Refused)) {
        this.set({ phase: "noStorage" });
        this.set({ protection: (await this.client.look().catch(() => undefined))?.protection });
      }
      else if (e.code === "unauthenticated") this.set({ phase: "ended" });
      else {
        this.set({ link: "cut" });
        setTimeout(() => void this.begin(), beginAgain);
      }
    }
  }

  /** Asks the bank for a token again, after the session had ended. */
  async resume() {
    this.client.renew();
    const signedIn = await this.client.token().then(() => true, () => false);
    if (signedIn) await this.begin();
  }

  /** This browser is this device from now on. */
  use(device: Device) {
    this.connection?.stop();
    this.set({ phase: "ready", link: "connecting", looked: false, challenges: [], device });
    this.connection = new Connection(this.client, device, {
      link: (link) => this.set({ link }),
      ready: (me) => this.set({ me }),
      challenges: (challenges) => {
        this.set({ challenges, looked: true });
        if (Date.now() - this.learnt > learnEvery && [...this.gone, ...this.state.ends].some((e) => !this.outcomeOf(e))) void this.learn();
      },
      ended: (e) => this.ended(e),
      outcome: (o) => this.learned([o, ...this.state.outcomes.filter((x) => x.hold_id !== o.hold_id)].slice(0, 20)),
      notice: (notice) => this.set({ notice }),
      call: (call) => this.set({ call }),
      protection: (protection) => this.set({ protection }),
      waits: (waits) => this.set({ waits }),
      stopped: (why) => this.set({ phase: why === "unauthenticated" ? "ended" : "revoked" }),
    });
  }

  private outcomeOf = (e: End) => this.state.outcomes.find((o) => o.hold_id === e.challenge.hold_id);

  /** The log says what was decided while there was no socket. */
  private async learn() {
    this.learnt = Date.now();
    const lines = await this.client.log().catch(() => []);
    const told = lines.flatMap((l) => (l.hold_id && l.amount && l.outcome ? [{ hold_id: l.hold_id, amount: l.amount, payee_shown: l.payee_shown ?? "", outcome: l.outcome, text: l.text, decided_at: l.time }] : []));
    this.learned([...this.state.outcomes, ...told.filter((t) => !this.state.outcomes.some((o) => o.hold_id === t.hold_id))]);
  }

  private learned(outcomes: Outcome[]) {
    this.set({ outcomes });
    const decided = this.gone.filter((e) => this.outcomeOf(e));
    this.gone = this.gone.filter((e) => !this.outcomeOf(e));
    for (const e of decided) this.ended({ ...e, how: "decided" });
  }

  /** A hold's other questions end with it: the customer is told once. */
  private ended(e: End) {
    const hold = e.challenge.hold_id;
    if (e.how === "gone") {
      this.gone.push(e);
      return void this.learn();
    }
    if (e.how === "expired" && this.state.challenges.some((c) => c.hold_id === hold)) return; // it can still be answered in another way
    if (this.told.has(hold) && (e.how === "cancelled" || e.how === "decided")) return;
    if (e.how !== "cancelled") this.told.add(hold);
    this.set({ ends: [...this.state.ends.filter((x) => x.challenge.hold_id !== hold), e] });
  }

  dismiss(e: End) {
    this.set({ ends: this.state.ends.filter((x) => x !== e) });
  }

  /** This browser is no device of the customer's any more. */
  forgotten(lost?: Lost) {
    this.connection?.stop();
    this.set({ phase: "enrol", lost, device: undefined });
  }

  answer = (c: Challenge, answer: Answer, uv: UV, trying: () => void) => this.connection!.answer(c, answer, uv, trying);
  interview = (c: Challenge, said: Said[]) => this.connection!.interview(c, said);
  warned = (c: Challenge, choice: WarningChoice, seconds: number) => this.connection!.warned(c, choice, seconds);

  /** Refuses a payment that waits. Undefined: it is refused; else why not. */
  async stopWaiting(w: Wait) {
    if (!w.challenge) return void (await this.report(w.hold_id));
    const why = await this.connection!.answer(w.challenge, "deny", "none", () => undefined);
    if (!why) this.set({ waits: this.state.waits.filter((x) => x !== w) });
    return why;
  }
  code = (c: Challenge, code: string) => this.connection!.code(c, code);
  expire = (c: Challenge) => this.connection!.expire(c);
  calling = () => this.connection!.calling();
  pin = (pin: string) => checkPIN(this.state.device!, pin);

  /** Stops everything, and reports a payment if one is named. The sessions end with it. */
  async report(hold?: string): Promise<void> {
    const { text, protection } = await (hold ? this.client.notMe(hold) : this.client.help());
    this.set({ help: text, protection });
  }

  /** Stops everything there is. The sessions end with it. */
  async stopEverything(): Promise<void> {
    const stopped = await this.client.stopEverything();
    this.set({ stopped, protection: stopped.protection });
  }

  /** What follows has been read. */
  heard() {
    // That questions were taken back stands on the page that they have just read.
    const ends = this.state.stopped ? this.state.ends.filter((e) => e.how !== "cancelled") : this.state.ends;
    this.set({ help: undefined, stopped: undefined, ends });
  }
}
