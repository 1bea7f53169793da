import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Notice } from "../base/parts";
import type { Done } from "./desk";
import { isUrgent } from "./results";
import { codes } from "./words/codes";
import { work } from "./words/work";

/** What the agent's own word came to. */
export function Recorded({ done }: { done: Done }) {
  const w = useWords(work), c = useWords(codes), locale = useLocale();
  return (
    <div data-test="recorded">
      <Notice tone="good" title={w.recorded(c.dispositions[done.disposition] ?? done.disposition)}>
        {done.task.hold && (
          <p>
            {money(done.task.hold.amount, locale)} · {done.task.hold.payee.name}
          </p>
        )}
        {done.outcome === "review" && <p>{done.disposition === "document_checked" ? w.documentWaits : done.secondCalls ? w.secondCalls : w.secondNeeded}</p>}
        {done.spent && <p>{isUrgent(done.task) ? w.spentUrgent : w.spent}</p>}
        {done.nextAt && <p>{w.nextAttempt(dateTime(done.nextAt, locale))}</p>}
      </Notice>
    </div>
  );
}
