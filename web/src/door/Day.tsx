// The stack's clock, and the way to let a day pass while a payment waits.
import { useState } from "react";
import { left } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button } from "../base/parts";
import { passDay, useAhead } from "./clock";
import { words } from "./words";

export function Day({ customer, offered, onPassed }: { customer: string; offered: boolean; onPassed: () => void }) {
  const w = useWords(words), locale = useLocale();
  const [ahead, told] = useAhead();
  const [state, set] = useState<"" | "passing" | "failed">("");
  const pass = async () => {
    set("passing");
    const done = await passDay(customer, told).then(() => true, () => false);
    set(done ? "" : "failed");
    if (done) onPassed();
  };
  if (!offered && state !== "passing" && ahead === 0) return null;
  return (
    <div className="row day" data-test="day">
      {(offered || state === "passing") && <Button kind="primary" busy={state === "passing"} onClick={() => void pass()} data-test="pass-day">{state === "passing" ? w.passing : w.passDay}</Button>}
      <span role="status" data-test="ahead">{state === "failed" ? w.notPassed : ahead > 0 ? w.ahead(left(ahead, locale)) : ""}</span>
    </div>
  );
}
