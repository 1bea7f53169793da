// A case, in the order in which it is read: payment, why, name check, history,
// what was tried, script.
import { useNow } from "../base/clock";
import { languageName, money, time } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Countdown, Notice, Status, type Tone } from "../base/parts";
import { Contacts } from "./contacts";
import type { Desk } from "./desk";
import { Face } from "./face";
import { Facts } from "./facts";
import { Interviewed } from "./interview";
import { PayeeKnown } from "./payee";
import { Reveal } from "./reveal";
import { BothClocks, Decided, StatusOf } from "./say";
import { isUrgent } from "./results";
import type { Case, CaseHold, Task } from "./session";
import { TooLate } from "./toolate";
import { Tried } from "./tried";
import { codes } from "./words/codes";
import { work } from "./words/work";

/** A clerk sees no field whole and judges no face. */
type Shown = { readOnly?: boolean; clerk?: boolean };

/** Who it is about, in both clocks. */
export function CustomerHead({ c, readOnly, clerk }: { c: Case } & Shown) {
  const w = useWords(work), locale = useLocale(), at = new Date(useNow(10_000)).toISOString();
  return (
    <section className="card stack tight" aria-label={w.customer} data-test="customer">
      <div className="row apart">
        <div className="row">
          <h2>{w.customer}</h2>
          <Reveal key={c.id} caseId={c.id} field="customer_name" label={w.name} masked={c.customer.name} hidden={c.hidden || readOnly || clerk} />
        </div>
        <span className="numbers" data-test="clocks">
          {w.ourClock(time(at, locale))} · <strong>{w.theirClock(time(at, locale, c.customer.time_zone))}</strong>
        </span>
      </div>
      <div className="row">
        <span>
          {w.speaks}: {languageName(c.language || c.customer.locale, locale)}
        </span>
        {!clerk && <Status tone={c.identified ? "good" : "quiet"}>{c.identified ? w.identified : w.notIdentified}</Status>}
        {c.inbound && <Status tone="info">{w.rangIn}</Status>}
        {c.customer.frozen && <Status tone="warn">{w.frozen}</Status>}
      </div>
      {!c.customer.has_app && <p className="muted">{w.noApp}</p>}
    </section>
  );
}

type Chooser = Pick<Desk, "choose" | "changes" | "seen" | "overtaken" | "seenOvertaken" | "draft" | "write" | "done">;

export function CaseView({ c, task, desk, readOnly, clerk }: { c: Case; task: Task | null; desk: Chooser } & Shown) {
  const w = useWords(work);
  if (c.hidden)
    return (
      <div data-test="hidden-case">
        <Notice tone="info" title={w.hiddenTitle}>
          <p>{w.hiddenBody}</p>
        </Notice>
      </div>
    );
  return (
    <>
      {desk.overtaken.length > 0 && <Elsewhere c={c} desk={desk} />}
      {c.tasks.length > 1 && <TaskList c={c} task={task} choose={desk.choose} />}
      {Object.values(desk.changes).map((x) => (
        <Changed key={x.to.id} from={x.from} to={x.to} onSeen={() => desk.seen(x.to.id)} />
      ))}
      {task && <TaskView key={task.id} c={c} task={task} desk={desk} readOnly={readOnly ?? false} clerk={clerk ?? false} />}
    </>
  );
}

/** Everything to do for this customer; one is chosen. */
function TaskList({ c, task, choose }: { c: Case; task: Task | null; choose: (id: string) => void }) {
  const w = useWords(work), k = useWords(codes), locale = useLocale();
  return (
    <section className="card stack tight" aria-labelledby="tasks" data-test="tasks">
      <h3 id="tasks">{w.tasks(c.tasks.length)}</h3>
      <ul className="tasks">
        {c.tasks.map((t) => (
          <li key={t.id}>
            <button type="button" className="task" aria-pressed={t.id === task?.id} onClick={() => choose(t.id)} data-test="task">
              <span>{k.kinds[t.kind] ?? t.kind}</span>
              {t.hold && (
                <strong className="numbers">
                  {money(t.hold.amount, locale)} · {t.hold.payee.name}
                </strong>
              )}
              {t.hold?.decision ? <StatusOf status={t.hold.status} /> : t.said.length > 0 ? <span className="muted">{k.dispositions[t.said.at(-1)!.disposition]}</span> : null}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Payments that were decided elsewhere: the work goes on when that has been seen. */
function Elsewhere({ c, desk }: { c: Case; desk: Chooser }) {
  const w = useWords(work), locale = useLocale();
  return (
    <div data-test="decided-elsewhere">
      <Notice tone="warn" title={w.decidedElsewhere} urgent>
        {desk.overtaken.map(({ task, decision }) => (
          <div key={task.id} className="stack tight">
            <p>
              {task.hold && <strong>{money(task.hold.amount, locale)} · {task.hold.payee.name}</strong>}
            </p>
            <Decided decision={decision} />
            <TooLate c={c} task={task} decision={decision} note={desk.draft(task.id).note} />
            {desk.draft(task.id).note.trim() && (
              <div>
                {w.keptNote}
                <blockquote data-test="kept-note">{desk.draft(task.id).note}</blockquote>
              </div>
            )}
          </div>
        ))}
        <p>{w.decidedBody}</p>
        <div>
          <Button onClick={desk.seenOvertaken} data-test="go-on">
            {w.understood}
          </Button>
        </div>
      </Notice>
    </div>
  );
}

function Changed({ from, to, onSeen }: { from: CaseHold; to: CaseHold; onSeen: () => void }) {
  const w = useWords(work), locale = useLocale();
  const lines = [
    [w.changedAmount, money(from.amount, locale), money(to.amount, locale)],
    [w.changedPayee, from.payee.name, to.payee.name],
    [w.changedAccount, from.payee.account, to.payee.account],
  ].filter(([, a, b]) => a !== b);
  return (
    <div data-test="changed">
      <Notice tone="warn" title={w.changedTitle} urgent>
        <p>
          {money(to.amount, locale)} · {to.payee.name}
        </p>
        <ul>
          {lines.length === 0 && <li>{w.changedOther}</li>}
          {lines.map(([what, a, b]) => (
            <li key={what}>
              {what}: <del>{a}</del> → <strong>{b}</strong>
            </li>
          ))}
        </ul>
        <p>{w.changedBody}</p>
        <div>
          <Button onClick={onSeen}>{w.understood}</Button>
        </div>
      </Notice>
    </div>
  );
}

function TaskView({ c, task, desk, readOnly, clerk }: { c: Case; task: Task; desk: Chooser } & Required<Shown>) {
  const w = useWords(work), k = useWords(codes), locale = useLocale(), h = task.hold;
  const script = <Script task={task} ticked={desk.draft(task.id).ticked} onTick={(ticked) => desk.write(task.id, { ticked })} />;
  return (
    <>
      {h?.decision && (
        <div data-test="decided-elsewhere">
          <Notice tone="warn" title={w.decidedElsewhere} urgent={!readOnly}>
            <Decided decision={h.decision} />
            <p>{w.decidedBody}</p>
          </Notice>
        </div>
      )}
      {h ? (
        <Payment c={c} task={task} h={h} readOnly={readOnly || clerk} />
      ) : isUrgent(task) ? (
        <Urgent task={task} />
      ) : (
        <section className="card stack tight">
          <h3>{k.kinds[task.kind] ?? task.kind}</h3>
          <p className="muted">{w.nothingToPay}</p>
        </section>
      )}
      {isUrgent(task) && !readOnly && script}
      {task.kind === "face" && task.status === "open" && !readOnly && !clerk && <Face caseId={c.id} task={task} />}
      {h && (
        <section className="card stack tight" data-test="why">
          <h3>{w.why}</h3>
          <ul className="stack tight">
            {h.reasons.map((r) => (
              <li key={r.code} className="row">
                <span>{r.text}</span>
                {r.scam && <Status tone="warn">{w.scam}</Status>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {h && <Interviewed caseId={c.id} task={task} h={h} readOnly={readOnly} />}
      {h && <NameCheck check={h.payee.name_check} />}
      {h && <PayeeKnown known={h.payee_known} id={h.counterparty_id} hold={h.id} readOnly={readOnly} />}
      <section className="card stack tight" data-test="history">
        <h3>{w.history}</h3>
        {c.earlier.length === 0 ? (
          <p className="muted">{w.noHistory}</p>
        ) : (
          <ul className="stack tight">
            {c.earlier.map((e) => (
              <li key={e.id}>
                <strong className="numbers">{money(e.amount, locale)}</strong> {e.payee.name} <span className="muted">{e.payee.account}</span>
                <br />
                <Decided decision={e.decision} />
              </li>
            ))}
          </ul>
        )}
      </section>
      {!readOnly && <Contacts c={c} task={task} clerk={clerk} />}
      <Tried c={c} task={task} />
      {!isUrgent(task) && !readOnly && script}
    </>
  );
}

/** The call that matters most: whom it is about, and what it never does. */
function Urgent({ task }: { task: Task }) {
  const w = useWords(work), k = useWords(codes);
  return (
    <section className="card stack tight" aria-labelledby="urgent" data-test="urgent">
      <h3 id="urgent">{k.kinds[task.kind]}</h3>
      <p>{task.kind === "help" ? w.askedForHelp : w.saidNotMe}</p>
      <p>
        <strong>{w.nothingReleased}</strong>
      </p>
    </section>
  );
}

function Payment({ c, task, h, readOnly }: { c: Case; task: Task; h: CaseHold; readOnly: boolean }) {
  const w = useWords(work), k = useWords(codes), locale = useLocale();
  return (
    <section className="card stack tight" aria-labelledby="payment" data-test="payment">
      <div className="row apart">
        <h3 id="payment">
          {k.payments[h.kind] ?? w.payment} <span className="muted">· {k.kinds[task.kind] ?? task.kind}</span>
        </h3>
        <StatusOf status={h.status} />
      </div>
      <p className="amount numbers" data-test="amount">
        {money(h.amount, locale)}
      </p>
      <p className="payee" data-test="payee">
        {h.payee.name}
      </p>
      <Facts
        of={[
          [
            w.account,
            <>
              <Reveal key={`${c.id}${h.id}`} caseId={c.id} field="account" of={h.id} label={w.account} masked={h.payee.account} hidden={readOnly} />
              {[h.payee.bank, h.payee.country].filter(Boolean).map((x) => ` · ${x}`)}
            </>,
          ],
          [w.asked, <BothClocks at={h.requested_at} zone={c.customer.time_zone} />],
          [
            w.deadlineAt,
            <>
              <BothClocks at={h.deadline} zone={c.customer.time_zone} test="deadline" /> {!h.decision && <Countdown until={h.deadline} soon={0} />}
            </>,
          ],
          [w.channel, h.origin_channel],
          [w.risk, <span className="numbers">{w.riskOf(h.risk_score)}</span>],
        ]}
      />
      {(h.scam || task.scam_suspected) && <Status tone="warn">{w.scam}</Status>}
      {task.two_needed && <p>{w.twoNeeded}</p>}
    </section>
  );
}

const checkTones: Record<string, Tone> = { match: "good", close: "warn", no_match: "warn", unknown: "quiet" };

function NameCheck({ check }: { check: string | undefined }) {
  const w = useWords(work), k = useWords(codes);
  return (
    <section className="card row apart" data-test="name-check">
      <h3>{w.nameCheck}</h3>
      <Status tone={checkTones[check ?? ""] ?? "quiet"}>{k.checks[check ?? ""] ?? k.noCheck}</Status>
    </section>
  );
}

/** What to say and ask, in the policy's words. */
function Script({ task, ticked, onTick }: { task: Task; ticked: string[]; onTick: (ticked: string[]) => void }) {
  const w = useWords(work);
  // By where they stand, not by their words: these follow the reader's language.
  const all = [...(task.script ?? []).map((text, i) => ({ key: `${task.kind}.${i}`, text })), ...(task.hold?.reasons.flatMap((r) => r.script.map((text, i) => ({ key: `${r.code}.${i}`, text }))) ?? [])];
  const lines = all.filter((line, i) => all.findIndex((l) => l.text === line.text) === i);
  return (
    <section className="card stack tight" data-test="script">
      <h3>{w.script}</h3>
      {lines.length === 0 ? (
        <p className="muted">{w.noScript}</p>
      ) : (
        <>
          <p className="muted small">{w.scriptNote}</p>
          {lines.map((line) => (
            <label className="tick" key={line.key}>
              <input type="checkbox" checked={ticked.includes(line.key)} onChange={(e) => onTick(e.target.checked ? [...ticked, line.key] : ticked.filter((t) => t !== line.key))} />
              {line.text}
            </label>
          ))}
        </>
      )}
    </section>
  );
}
