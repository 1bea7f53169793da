// What to do with the case: keep it, call, note, say what came of it. It never
// scrolls away.
import { useState, type ReactNode } from "react";
import { useWords } from "../base/locale";
import { Button, Countdown } from "../base/parts";
import { Call } from "./call";
import { useDesk } from "./desk";
import { Dispose } from "./dispose";
import { useKeys } from "./keys";
import { Note } from "./note";
import { Recorded } from "./recorded";
import { isUnreached, resultsOf, talkedOf, whyNot } from "./results";
import { Trouble } from "./say";
import type { Case, Disposition, Task } from "./session";
import { codes } from "./words/codes";
import { rail } from "./words/rail";

const keyed = 9;

/** What is within belongs to who is at the counter, and has no calls. */
export function Rail({ c, task, clerk, children }: { c: Case; task: Task | null; clerk?: boolean; children?: ReactNode }) {
  const w = useWords(rail), k = useWords(codes), desk = useDesk();
  const [chosen, setChosen] = useState<{ task: Task; disposition: Disposition } | null>(null);
  const mine = desk.done.filter((d) => c.tasks.some((t) => t.id === d.task.id));
  const ready = task !== null && !c.hidden && task.status === "open" && !task.hold?.decision && !mine.some((d) => d.task.id === task.id);
  const list = resultsOf(task, clerk);
  const may = (d: Disposition) => task !== null && ready && !whyNot(c, task, d);
  const say = (d: Disposition) => {
    if (!task) return;
    desk.clear();
    setChosen({ task, disposition: d });
  };
  useKeys(Object.fromEntries(list.slice(0, keyed).map((d, i) => [String(i + 1), may(d) ? () => say(d) : undefined])));
  const note = task ? desk.draft(task.id).note : "";
  return (
    <aside className="rail" aria-label={w.title} data-test="rail">
      <section className="card stack tight" aria-label={w.lease}>
        <div className="row apart" data-test="lease">
          <Countdown until={c.lease_until} />
          <Button busy={desk.busy === "renew"} onClick={desk.renew} data-test="renew">
            {w.renew}
          </Button>
          <Button busy={desk.busy === "return"} onClick={desk.giveBack} data-test="return">
            {w.giveBack}
          </Button>
        </div>
      </section>
      {!chosen && desk.error?.code !== "number_incorrect" && <Trouble error={desk.error} />}
      {mine.map((d) => (
        <Recorded key={d.task.id} done={d} />
      ))}
      {clerk ? children : <Call c={c} task={task} />}
      {task && !c.hidden && (
        <section className="card stack tight" id="record" tabIndex={-1} aria-labelledby="record-title" data-test="dispositions">
          <h2 id="record-title" className="rail-title">
            {w.record}
          </h2>
          {!ready && <p className="muted">{task.status === "review" ? w.inReview : w.nothingToRecord}</p>}
          <div className="dispositions">
            {list.map((d, i) => (
              <Button key={d} disabled={!may(d)} onClick={() => say(d)} data-test={`disposition-${d}`}>
                {i < keyed && <kbd>{i + 1}</kbd>} <span>{k.dispositions[d]}</span>
              </Button>
            ))}
          </div>
          {ready && <NotYet c={c} task={task} list={list} />}
          <div className="note">
            <Note id={task.id} note={note} />
          </div>
        </section>
      )}
      {chosen && <Dispose c={c} task={chosen.task} disposition={chosen.disposition} onClose={() => setChosen(null)} />}
      <nav className="jump" aria-label={w.jump}>
        {!clerk && (
          <a className="button" href="#call">
            {w.callTitle}
          </a>
        )}
        {task && !c.hidden && (
          <a className="button" href="#record">
            {w.record}
          </a>
        )}
      </nav>
    </aside>
  );
}

/** What is not on offer yet, and what it takes. */
function NotYet({ c, task, list }: { c: Case; task: Task; list: Disposition[] }) {
  const w = useWords(rail), k = useWords(codes), clerk = list.includes("document_checked");
  const talked = clerk ? "document_checked" : talkedOf(task), why = talked && whyNot(c, task, talked);
  const lines = [
    why && (why === "call_missing" ? w.takesTalk[talked] : k.problems[why]),
    task.second_calls && !clerk && w.secondCalls,
    list.some((d) => isUnreached(d) && whyNot(c, task, d)) && w.takesRing,
  ].filter(Boolean);
  if (lines.length === 0) return null;
  return (
    <div className="stack tight small muted" role="status" data-test="not-yet">
      {lines.map((l, i) => (
        <p key={i}>{l}</p>
      ))}
    </div>
  );
}
