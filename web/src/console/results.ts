// Which results a task has, and why one would not be taken now: as the API tells
// it, so that what is shown and what is taken are one rule.
import type { Case, Disposition, Task } from "./session";

const ofCalls: Disposition[] = ["confirmed", "refused", "not_me", "suspected_scam", "no_answer", "voicemail", "wrong_number", "call_later", "language", "third_party", "vulnerable"];
const ofFaces: Disposition[] = ["same", "not_same", "unusable"];
const ofUrgent: Disposition[] = ["safe_now", "scam", "not_me", "not_reached"];
const ofClerks: Disposition[] = ["suspected_scam", "refused", "not_me", "document_checked"];
const unreached: Disposition[] = ["no_answer", "voicemail", "wrong_number", "third_party", "not_reached"];

/** A call to a customer who asked for help, or is frozen. Nothing that is said of it releases a payment. */
export const isUrgent = (t: Task | null) => t?.kind === "help" || t?.kind === "freeze";

export const resultsOf = (t: Task | null, clerk = false) => (clerk ? ofClerks.filter((d) => d === "not_me" || !isUrgent(t)) : t?.kind === "face" ? ofFaces : isUrgent(t) ? ofUrgent : ofCalls);

export const isUnreached = (d: Disposition) => unreached.includes(d);

/** The result of a task that a talk with the customer makes good; undefined: none of which the API tells what it takes. */
export const talkedOf = (t: Task | null): Disposition | undefined => (isUrgent(t) ? "safe_now" : t?.kind === "callback" ? "confirmed" : undefined);

/** Why a result would not be taken now: a code of the API's problems. */
export function whyNot(c: Case, t: Task, d: Disposition): string | undefined {
  if (isUnreached(d)) return c.rang ? undefined : "call_missing";
  if (d === "document_checked" && t.kind !== "callback") return "nothing_to_confirm";
  return d === talkedOf(t) || d === "document_checked" ? t.why_not : undefined;
}
