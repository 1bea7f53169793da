// One hold's whole story: what was asked, decided and settled, the audit trail
// and whether it verifies, and what a supervisor can do about it.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { now } from "../base/clock";
import { dateTime, exactTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Countdown, Dialog, Field, Loading, Notice, Status } from "../base/parts";
import { One } from "./approvals";
import { useFetched } from "./data";
import { Facts, type Fact } from "./facts";
import { PayeeKnown } from "./payee";
import { Reassign } from "./reassign";
import { OneRecall } from "./recalls";
import { Referrals } from "./refer";
import { Link, View } from "./router";
import { Decided, StatusOf, Trouble, useAuthor } from "./say";
import { api, useSession } from "./session";
import { Timeline, useChallengePoints } from "./tried";
import { codes } from "./words/codes";
import { supervise } from "./words/supervise";
import { work } from "./words/work";

type Whole = Schemas["Story"];

export function Story({ id }: { id: string }) {
  const w = useWords(supervise), x = useWords(work), { session } = useSession();
  // A look is an entry of the trail: when it is opened, and when asked again.
  const got = useFetched(() => reply(api.GET("/v1/supervision/holds/{hold_id}", { params: { path: { hold_id: id } } })), [id]);
  const s = got.data, supervisor = session?.role === "supervisor";
  return (
    <View title={w.story} test="story">
      <div className="row">
        <Button onClick={got.again} data-test="story-again">
          {x.lookAgain}
        </Button>
        <a className="button" href={`/console/v1/supervision/holds/${id}/export`} download data-test="export">
          {w.export}
        </a>
        {s?.workflow_url && (
          <a className="button" href={s.workflow_url} target="_blank" rel="noreferrer" data-test="workflow">
            {w.workflow}
          </a>
        )}
        {supervisor && s && <Powers s={s} onDone={got.again} />}
      </div>
      <Trouble error={got.error} />
      {!s && !got.error && <Loading />}
      {s && (
        <>
          <Proof s={s} />
          <Payment s={s} />
          <PayeeKnown known={s.payee_known} id={s.counterparty_id} hold={s.hold.id} />
          {s.approvals.map((a) => (
            <One key={a.id} a={a} onDone={got.again} within="story" />
          ))}
          {s.recall && <OneRecall r={s.recall} onDone={got.again} within="story" />}
          <section className="card stack tight" aria-labelledby="asked" data-test="asked">
            <h2 id="asked">{x.tried}</h2>
            <Challenges s={s} />
          </section>
          {supervisor && <Referrals hold={id} />}
          <Trail s={s} />
        </>
      )}
    </View>
  );
}

function Proof({ s }: { s: Whole }) {
  const w = useWords(supervise);
  return (
    <div data-test="proof" data-trail={s.trail}>
      {s.trail === "verified" ? <Notice tone="good" title={w.verified}>{w.verifiedBody(s.entries.length)}</Notice> : <Notice tone="bad" title={w.broken} urgent>{w.brokenBody}</Notice>}
    </div>
  );
}

function Payment({ s }: { s: Whole }) {
  const w = useWords(supervise), x = useWords(work), k = useWords(codes), locale = useLocale(), became = useBecame(), h = s.hold;
  const facts: Fact[] = [
    [x.customer, h.customer_id],
    [w.transaction, h.transaction_id],
    [w.holdId, h.id],
    [x.asked, dateTime(h.requested_at, locale)],
    [w.acceptedAt, dateTime(h.accepted_at, locale)],
    [x.deadlineAt, dateTime(h.deadline, locale)],
    [w.ladder, `${h.ladder.name} (${h.ladder.rule})`],
    [x.risk, `${x.riskOf(h.risk.score)}: ${h.risk.reasons.join(", ")}`],
    [x.nameCheck, k.checks[h.payee.name_check ?? ""] ?? k.noCheck],
    [w.revision, String(h.revision)],
    [w.settlement, w.settlements[h.settlement.state] ?? h.settlement.state],
  ];
  if (h.outcome_known) facts.push([w.became, became(h.outcome_known)]);
  return (
    <section className="card stack tight" aria-labelledby="facts" data-test="facts">
      <div className="row apart">
        <h2 id="facts">{k.payments[h.kind] ?? x.payment}</h2>
        <StatusOf status={h.status} />
      </div>
      <p className="amount numbers">{money(h.amount, locale)}</p>
      <p className="payee">{h.payee.name}</p>
      <p className="muted">{[h.payee.account, h.payee.bank, h.payee.country].filter(Boolean).join(" · ")}</p>
      {h.decision ? <Decided decision={h.decision} /> : <Countdown until={h.deadline} soon={0} />}
      {s.frozen && <Status tone="warn">{w.customerFrozen}</Status>}
      <Facts of={facts} />
    </section>
  );
}

/** What became of a payment, in words; a scam's kind is its code. */
function useBecame() {
  const w = useWords(supervise), locale = useLocale();
  return (k: Schemas["KnownOutcome"]) => {
    const what = w.aftermaths[k.outcome] ?? k.outcome;
    return w.becameThis(k.kind ? `${what} (${k.kind})` : what, w.learntFrom[k.source] ?? k.source, dateTime(k.at, locale));
  };
}

function Challenges({ s }: { s: Whole }) {
  const x = useWords(work), points = useChallengePoints();
  if (s.hold.challenges.length === 0) return <p className="muted">{x.notTried}</p>;
  return <Timeline points={points(s.hold.challenges).sort((a, b) => Date.parse(a.at) - Date.parse(b.at))} />;
}

function Trail({ s }: { s: Whole }) {
  const w = useWords(supervise), locale = useLocale(), author = useAuthor();
  return (
    <section className="card stack tight" aria-labelledby="trail" data-test="trail">
      <h2 id="trail">{w.trail}</h2>
      <table className="cards">
        <thead>
          <tr>
            {[w.entryNo, w.entryTime, w.entryKind, w.entryActor, w.entryBody].map((h) => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {s.entries.map((e) => (
            <tr key={e.sequence} data-test="entry">
              <td className="numbers" data-label={w.entryNo}>{e.sequence}</td>
              <td className="numbers" data-label={w.entryTime}>{exactTime(e.time, locale)}</td>
              <td data-label={w.entryKind}>
                <strong>{w.kinds[e.kind] ?? e.kind}</strong>
                <br />
                <code className="muted">{e.kind}</code>
              </td>
              <td data-label={w.entryActor}>{author(e.actor)}</td>
              <td data-label={w.entryBody}>
                <details>
                  <summary>{w.details}</summary>
                  <pre>{JSON.stringify(e.body, null, 1)}</pre>
                  <p className="muted small">
                    {w.hash} <code>{e.hash}</code>
                  </p>
                </details>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type Power = "override" | "unfreeze" | "wait";

/** What a supervisor can do. Nothing is released and no freeze ends without a
 * second person. */
function Powers({ s, onDone }: { s: Whole; onDone: () => void }) {
  const w = useWords(supervise), x = useWords(work);
  const [asking, ask] = useState<Power | null>(null);
  const pending = (kind: string) => s.approvals.some((a) => a.kind === kind && a.status === "pending");
  return (
    <>
      {s.case_id && (
        <Link className="button" to={`/console/cases/${s.case_id}`} data-test="open-case">
          {x.case}
        </Link>
      )}
      {s.case_id && <Reassign caseId={s.case_id} onDone={onDone} />}
      {s.hold.status === "held" && !pending("override") && (
        <Button onClick={() => ask("override")} data-test="override">
          {w.override}
        </Button>
      )}
      {s.frozen && !pending("unfreeze") && (
        <Button onClick={() => ask("unfreeze")} data-test="unfreeze">
          {w.unfreeze}
        </Button>
      )}
      {s.hold.status === "held" && s.hold.not_before && Date.parse(s.hold.not_before) > now() && !pending("wait") && (
        <Button onClick={() => ask("wait")} data-test="end-wait">
          {w.wait}
        </Button>
      )}
      {asking && <Ask s={s} kind={asking} onClose={() => ask(null)} onDone={onDone} />}
    </>
  );
}

function Ask({ s, kind, onClose, onDone }: { s: Whole; kind: Power; onClose: () => void; onDone: () => void }) {
  const w = useWords(supervise), x = useWords(work), locale = useLocale();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    const body = kind !== "unfreeze" ? { kind, hold_id: s.hold.id, revision: s.hold.revision, reason: reason.trim() } : { kind, customer_id: s.hold.customer_id, reason: reason.trim() };
    try {
      await reply(api.POST("/v1/approvals", { body }));
      onClose();
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <Dialog title={w[kind]} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="ask">
        {kind !== "unfreeze" ? (
          <div>
            <p className="amount numbers">{money(s.hold.amount, locale)}</p>
            <p className="payee">{s.hold.payee.name}</p>
          </div>
        ) : (
          <p>
            {x.customer}: <strong>{s.hold.customer_id}</strong>
          </p>
        )}
        <p>{{ override: w.overrideBody, unfreeze: w.unfreezeBody, wait: w.waitBody }[kind]}</p>
        <Field label={w.yourReason}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test="ask-reason" />
        </Field>
        <Trouble error={error} />
        {error?.problem?.stands?.decision && <Decided decision={error.problem.stands.decision} />}
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind="primary" type="submit" disabled={reason.trim() === ""} data-test="ask-do">
            {w.askSecond}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
