// A payment was released while the agent was at it, and the customer on the line
// refuses it: it is too late for the payment, but not for the bank to hear of it.
import { useState } from "react";
import { Button, Notice } from "../base/parts";
import { useWords } from "../base/locale";
import { Refused, type Schemas } from "../sdk/api";
import { dispose } from "./dispose";
import { Trouble } from "./say";
import type { Case, Task } from "./session";
import { work } from "./words/work";

export function TooLate({ c, task, decision, note }: { c: Case; task: Task; decision: Schemas["Decision"]; note: string }) {
  const w = useWords(work);
  const [busy, setBusy] = useState("");
  const [heard, setHeard] = useState(!!decision.recall_wanted_at);
  const [error, setError] = useState<Refused | null>(null);
  if (decision.outcome !== "release") return null;
  const say = (disposition: "refused" | "not_me") => async () => {
    setBusy(disposition);
    setError(null);
    try {
      await dispose(c, task, disposition, { note });
    } catch (e) {
      const refused = e instanceof Refused ? e : new Refused(null);
      // The decision stands, as it has to: with the wish, once that is on record.
      if (refused.problem?.stands?.decision?.recall_wanted_at) setHeard(true);
      else setError(refused);
    }
    setBusy("");
  };
  if (heard) return <Notice tone="good" urgent><p data-test="recall-wanted">{w.recallWanted}</p></Notice>;
  return (
    <div className="stack tight" data-test="too-late">
      <p>{w.tooLate}</p>
      <div className="row">
        <Button busy={busy === "refused"} onClick={say("refused")} data-test="late-refused">{w.lateRefused}</Button>
        <Button busy={busy === "not_me"} onClick={say("not_me")} data-test="late-not_me">{w.lateNotMe}</Button>
      </div>
      <Trouble error={error} />
    </div>
  );
}
