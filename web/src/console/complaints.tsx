// Complaints of payers and payees, the first that is due first, and their answers.
// An answer changes nothing by itself: it says what to do next.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Loading, Notice, Status } from "../base/parts";
import { useFetched } from "./data";
import { Facts, type Fact } from "./facts";
import { useLive } from "./live";
import { Link, View } from "./router";
import { Trouble, useAuthor } from "./say";
import { api } from "./session";
import { complain } from "./words/complain";
import { work } from "./words/work";

type Complaint = Schemas["Complaint"];

export function Complaints() {
  const w = useWords(complain), { pulse } = useLive();
  const [which, choose] = useState<"open" | "closed">("open"), [after, go] = useState(""), [done, setDone] = useState<Complaint | null>(null);
  const got = useFetched(() => reply(api.GET("/v1/complaints", { params: { query: { status: which, limit: 50, ...(after && { after }) } } })), [which, after], pulse);
  const list = got.data?.complaints, next = got.data?.next;
  return (
    <View title={w.title} test="complaints">
      {done && (
        <div data-test="complaint-done">
          <Notice tone="good" title={w.done[done.status]}>
            {done.status === "upheld" && <Next c={done} />}
          </Notice>
        </div>
      )}
      <label className="row">
        {w.which}
        <select
          className="plain"
          value={which}
          onChange={(e) => {
            choose(e.target.value as typeof which);
            go("");
          }}
          data-test="complaints-which"
        >
          {(["open", "closed"] as const).map((one) => (
            <option key={one} value={one}>
              {w.lists[one]}
            </option>
          ))}
        </select>
      </label>
      <Trouble error={got.error} calm />
      {!list && !got.error && <Loading />}
      {list?.length === 0 && <p className="muted">{w.none[which]}</p>}
      <ul className="stack">
        {list?.map((c) => (
          <li key={c.id}>
            <One
              c={c}
              onDone={(d) => {
                setDone(d);
                got.again();
              }}
            />
          </li>
        ))}
      </ul>
      {(next || after) && (
        <p className="row">
          {after && <Button onClick={() => go("")}>{w.first}</Button>}
          {next && <Button onClick={() => go(next)}>{w.more}</Button>}
        </p>
      )}
    </View>
  );
}

function One({ c, onDone }: { c: Complaint; onDone: (c: Complaint) => void }) {
  const w = useWords(complain), locale = useLocale(), author = useAuthor(), [answering, answer] = useState(false);
  return (
    <article className="card stack tight" data-test="complaint" data-status={c.status}>
      <div className="row apart">
        <h2>{w.by[c.about]}</h2>
        {c.overdue && <Status tone="bad">{w.overdue}</Status>}
        {c.status !== "open" && <Status tone={c.status === "upheld" ? "warn" : "quiet"}>{w.done[c.status]}</Status>}
      </div>
      <Facts
        of={[
          [w.reference, c.reference], [w.received, dateTime(c.received_at, locale)], [w.due, dateTime(c.due_at, locale)],
          ...(c.customer_id ? [[w.customer, c.customer_id] as Fact] : []),
        ]}
      />
      <h3>{w.theySay}</h3>
      <blockquote>{c.reason}</blockquote>
      <p className="row">
        {c.hold_id && (
          <Link to={`/console/holds/${c.hold_id}`} data-test="complaint-hold">
            {w.payment}
          </Link>
        )}
        {c.counterparty_id && (
          <Link to={`/console/counterparties/${c.counterparty_id}`} data-test="complaint-payee">
            {w.payee}
          </Link>
        )}
        {!c.hold_id && !c.counterparty_id && <span className="muted">{w.unknownPayee}</span>}
      </p>
      {c.verdict_id && c.status === "open" && <Status tone="warn">{w.judged}</Status>}
      {c.status === "open" ? (
        <div>
          <Button onClick={() => answer(true)} data-test="complaint-answer">
            {w.answer}
          </Button>
        </div>
      ) : (
        <>
          <h3>{w.answer}</h3>
          <blockquote>{c.answer}</blockquote>
          <p className="muted small">{w.answeredBy(author(c.answered_by ?? ""), dateTime(c.closed_at ?? c.received_at, locale))}</p>
          {c.status === "upheld" && c.verdict_id && <Next c={c} />}
        </>
      )}
      {answering && <Answer c={c} onClose={() => answer(false)} onDone={onDone} />}
    </article>
  );
}

/** What is still to be done for who was right. */
function Next({ c }: { c: Complaint }) {
  const w = useWords(complain);
  return (
    <div className="stack tight" data-test="complaint-next">
      <strong>{w.next}</strong>
      <p>{c.verdict_id ? w.askCleared : w.putRight}</p>
      {c.verdict_id && c.counterparty_id && (
        <p>
          <Link to={`/console/counterparties/${c.counterparty_id}`}>{w.toPayee}</Link>
        </p>
      )}
    </div>
  );
}

function Answer({ c, onClose, onDone }: { c: Complaint; onClose: () => void; onDone: (c: Complaint) => void }) {
  const w = useWords(complain), x = useWords(work);
  const [outcome, choose] = useState<"upheld" | "rejected" | null>(null), [reason, setReason] = useState(""), [recall, ask] = useState(false), [error, setError] = useState<Refused | null>(null);
  const back = c.about === "payer" && !!c.hold_id && outcome === "upheld";
  const send = async (e: FormEvent) => {
    e.preventDefault();
    if (!outcome) return;
    try {
      const got = await reply(api.POST("/v1/complaints/{complaint_id}", { params: { path: { complaint_id: c.id } }, body: { outcome, reason: reason.trim(), ...(recall && back && { recall }) } }));
      onClose();
      onDone(got);
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <Dialog title={w.answerTitle} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="complaint-form">
        <blockquote>{c.reason}</blockquote>
        <fieldset>
          <legend>{w.outcome}</legend>
          {(["upheld", "rejected"] as const).map((one) => (
            <label className="tick" key={one}>
              <input type="radio" name="outcome" checked={outcome === one} onChange={() => choose(one)} data-test={`complaint-${one}`} />
              {w.outcomes[one]}
            </label>
          ))}
        </fieldset>
        {back && (
          <label className="tick">
            <input type="checkbox" checked={recall} onChange={(e) => ask(e.target.checked)} data-test="complaint-recall" />
            {w.recall}
          </label>
        )}
        <Field label={w.reason} hint={w.answerBody}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={2000} required data-test="complaint-reason" />
        </Field>
        {error?.code === "field_invalid" && recall && back ? (
          <div data-test="recall-misplaced">
            <Notice tone="warn" urgent>{w.recallMisplaced}</Notice>
          </div>
        ) : (
          <Trouble error={error} />
        )}
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind="primary" type="submit" disabled={!outcome || reason.trim() === ""} data-test="complaint-do">
            {w.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
