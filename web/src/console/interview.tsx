// The interview, as an agent asks it aloud: what the customer answered in the app, what
// of it their device contradicts, and what to ask now.
import { useState } from "react";
import { useNow } from "../base/clock";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Notice, Status } from "../base/parts";
import { reply, type Schemas } from "../sdk/api";
import { useDesk } from "./desk";
import { Facts } from "./facts";
import { api, type CaseHold, type Task } from "./session";
import { talk } from "./words/talk";

type Talk = Schemas["CaseInterview"];
type Taken = Schemas["CaseTaken"];

export function Interviewed({ caseId, task, h, readOnly }: { caseId: string; task: Task; h: CaseHold; readOnly: boolean }) {
  const w = useWords(talk), locale = useLocale(), at = useNow(10_000), i = h.interview;
  if (!i) return null;
  const until = Date.parse(i.not_before ?? "");
  return (
    <section className="card stack tight" aria-labelledby="interview" data-test="interview">
      <div className="row apart">
        <h3 id="interview">{w.title}</h3>
        {i.callback_only && <Status tone="warn">{w.callOnly}</Status>}
      </div>
      {until > at && <p data-test="wait"><strong>{w.waits(dateTime(i.not_before!, locale))}</strong></p>}
      {until > 0 && until <= at && <p data-test="waited">{w.waited(dateTime(i.not_before!, locale))}</p>}
      {i.taken.map((t, n) => <Answers key={t.via} of={i} taken={t} last={i.taken.slice(n + 1).every((x) => x.warning !== t.warning)} />)}
      {i.ask && !readOnly && task.status === "open" && task.kind === "callback" && <Ask caseId={caseId} task={task} of={i} />}
    </section>
  );
}

/** What was answered at one time. A warning that comes again is shown with the last. */
function Answers({ of, taken, last }: { of: Talk; taken: Taken; last: boolean }) {
  const w = useWords(talk), locale = useLocale();
  const words = (q: string, a: string): [string, string] => {
    const question = of.questions.find((x) => x.code === q);
    return [question?.text ?? q, question?.answers.find((x) => x.code === a)?.text ?? a];
  };
  return (
    <div className="stack tight" data-test={`said-${taken.via}`}>
      <p className="row">
        <strong>{taken.via === "agent" ? w.saidAloud : taken.via === "counter" ? w.saidAtCounter : taken.via === "link" ? w.saidByLink : w.saidInApp}</strong>
        <span className="muted small">{dateTime(taken.at, locale)}</span>
        <Status tone={taken.level === "none" ? "good" : taken.level === "warn" ? "info" : "warn"}>{w.levels[taken.level]}</Status>
      </p>
      <Facts
        of={taken.answers.map((s) => {
          const [question, answer] = words(s.question, s.answer);
          return [
            question,
            <>
              {answer} {taken.contradicted.includes(s.question) && <Status tone="warn">{w.contradicted}</Status>}
            </>,
          ];
        })}
      />
      {taken.warning && last && <Notice tone="warn" title={w.readOut}><p>{taken.aloud ?? taken.warning}</p></Notice>}
      {taken.choice && <p className="muted">{w.choices[taken.choice] ?? taken.choice}</p>}
    </div>
  );
}

/** All the questions at once: a conversation does not go one to a page. */
function Ask({ caseId, task, of }: { caseId: string; task: Task; of: Talk }) {
  const w = useWords(talk), desk = useDesk();
  const [said, say] = useState<Record<string, string>>({});
  const complete = of.questions.every((q) => said[q.code]);
  const send = () =>
    desk.run("interview", async () => {
      const answers = of.questions.map((q) => ({ question: q.code, answer: said[q.code]! }));
      await reply(api.POST("/v1/callbacks/{case_id}/tasks/{task_id}/interview", { params: { path: { case_id: caseId, task_id: task.id } }, body: { answers } }));
      await desk.refresh();
    });
  return (
    <form
      className="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        if (complete) void send();
      }}
    >
      <p className="muted small">{w.askNote}</p>
      {of.questions.map((q) => (
        <fieldset key={q.code} data-test={`ask-${q.code}`}>
          <legend>
            {q.aloud} {q.aloud !== q.text && <span className="muted">({q.text})</span>}
          </legend>
          {q.answers.map((o) => (
            <label className="tick" key={o.code}>
              <input type="radio" name={q.code} checked={said[q.code] === o.code} onChange={() => say({ ...said, [q.code]: o.code })} />
              {o.aloud} {o.aloud !== o.text && <span className="muted">({o.text})</span>}
            </label>
          ))}
        </fieldset>
      ))}
      <Button type="submit" disabled={!complete} busy={desk.busy === "interview"} data-test="interview-send">{w.record}</Button>
    </form>
  );
}
