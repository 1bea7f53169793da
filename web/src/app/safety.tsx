// The way to the truth about a caller.
import { useState } from "react";
import { Button, Notice } from "../base/parts";
import { useWords } from "../base/locale";
import { byCall, type Model } from "./model";
import { words } from "./words";

/** Asks at this moment whether the bank is calling. On every view of a payment, too. */
export function IsIt({ model }: { model: Model }) {
  const w = useWords(words);
  const [said, say] = useState<"" | "asks" | "yes" | "no" | "failed">("");
  const ask = () => {
    say("asks"); // so that the same answer is read out again
    model.calling().then((c) => say(c.calling ? "yes" : "no"), () => say("failed"));
  };
  return (
    <div className="is-it">
      <Button wide busy={said === "asks"} onClick={ask} data-test="is-it">{w.isIt}</Button>
      <div role="status" data-test={`is-it-${said}`}>
        {said === "no" && !model.state.call.calling && <Notice tone="warn">{w.notCalling}</Notice>}
        {said === "yes" && <Notice tone="good">{w.yesCalling}</Notice>}
        {said === "failed" && <Notice tone="warn">{byCall(model.state.call, w.onLine, w.endOthers, w.isItUnknown)}</Notice>}
      </div>
    </div>
  );
}
