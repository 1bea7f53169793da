// Verdicts on payees: those that wait, beside the approvals, and one by itself.
import { useState } from "react";
import { reply, type Schemas } from "../sdk/api";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Status, type Tone } from "../base/parts";
import { useFetched } from "./data";
import { useLive } from "./live";
import { Reasoned } from "./reasoned";
import { Link } from "./router";
import { Trouble, useAuthor } from "./say";
import { api, useSession } from "./session";
import { payee } from "./words/payee";

type Verdict = Schemas["Verdict"];

const tones: Record<Verdict["status"], Tone> = { asked: "info", in_force: "warn", rejected: "quiet", ended: "quiet", void: "quiet" };

/** What waits, and which payees somebody proposes. A supervisor looks at the payee before they decide. */
export function Waiting() {
  const w = useWords(payee), locale = useLocale(), { pulse } = useLive();
  const waits = useFetched(() => reply(api.GET("/v1/verdicts", { params: { query: { status: "asked", limit: 200 } } })), [], pulse);
  const proposed = useFetched(() => reply(api.GET("/v1/counterparties", { params: { query: { limit: 50 } } })), [], pulse);
  const payees = proposed.data?.counterparties;
  return (
    <>
      <section className="stack" aria-labelledby="verdicts" data-test="verdicts">
        <h2 id="verdicts">{w.waits}</h2>
        <Trouble error={waits.error} calm />
        {waits.data?.verdicts.length === 0 && <p className="muted">{w.noneWaits}</p>}
        {waits.data?.verdicts.map((v) => (
          <VerdictCard key={v.id} v={v} onDone={waits.again} />
        ))}
      </section>
      <section className="stack tight" aria-labelledby="proposed" data-test="proposed-payees">
        <h2 id="proposed">{w.proposed}</h2>
        <Trouble error={proposed.error} calm />
        {payees?.length === 0 && <p className="muted">{w.noneProposed}</p>}
        <ul className="stack tight">
          {payees?.map((p) => (
            <li key={p.counterparty_id} className="card row apart" data-test="proposed-payee">
              <span>
                <strong>{w.proposedBy(p.reporters, p.agents)}</strong> <span className="muted small">{w.lastAt(dateTime(p.last_at, locale))}</span>
              </span>
              <Link className="button" to={`/console/counterparties/${p.counterparty_id}`} data-test="open-payee">
                {w.look}
                <span className="hide"> {p.counterparty_id}</span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** One verdict. It is decided on the payee's page, beside what is known. */
export function VerdictCard({ v, decide, onDone }: { v: Verdict; decide?: boolean; onDone: () => void }) {
  const w = useWords(payee), locale = useLocale(), author = useAuthor(), { session } = useSession();
  const [deciding, setDeciding] = useState<"approve" | "reject" | null>(null);
  const own = v.first === `agent:${session?.sub}`, asked = v.status === "asked";
  const carried = v.kind !== "cleared" && (v.status === "in_force" || v.carried > 0);
  return (
    <article className="card stack tight" data-test="verdict" data-kind={v.kind} data-status={v.status}>
      <div className="row apart">
        <h3>{w.kinds[v.kind]}</h3>
        <Status tone={tones[v.status]}>{w.statuses[v.status]}</Status>
      </div>
      <p className="muted small">
        {dateTime(v.asked_at, locale)}
        {v.until && v.status === "in_force" && ` · ${w.until(dateTime(v.until, locale))}`}
        {v.cause && ` · ${w.causes[v.cause] ?? v.cause}`}
      </p>
      <h4>{w.firstSaid(author(v.first))}</h4>
      <blockquote>{v.reason}</blockquote>
      {v.second && (
        <>
          <h4>{w.secondSaid(author(v.second))}</h4>
          <blockquote>{v.answer}</blockquote>
        </>
      )}
      {carried && (
        <p className="muted">
          {w.carried(v.carried)} {!v.carried_at && w.carrying}
        </p>
      )}
      {asked && own && <p className="muted">{w.own}</p>}
      {asked && !decide && (
        <div>
          <Link className="button" to={`/console/counterparties/${v.counterparty_id}`} data-test="judge">
            {w.judge}
          </Link>
        </div>
      )}
      {asked && decide && own && session?.role === "supervisor" && (
        <div>
          <Button onClick={() => setDeciding("reject")} data-test="withdraw">
            {w.withdraw}
          </Button>
        </div>
      )}
      {asked && decide && !own && session?.role === "supervisor" && (
        <div className="row">
          <Button kind="primary" onClick={() => setDeciding("approve")} data-test="agree">
            {w.agree}
          </Button>
          <Button onClick={() => setDeciding("reject")} data-test="reject">
            {w.reject}
          </Button>
        </div>
      )}
      {deciding && (
        <Reasoned
          title={deciding === "approve" ? w.agreeTitle : own ? w.withdrawTitle : w.rejectTitle}
          body={deciding === "approve" ? (w.askBody[v.kind] ?? "") : own ? w.withdrawBody : w.rejectBody}
          act={deciding === "approve" ? w.agree : own ? w.withdraw : w.reject}
          danger={deciding === "approve" && v.kind !== "cleared"}
          test="decide-verdict"
          send={(reason) => reply(api.POST("/v1/verdicts/{verdict_id}", { params: { path: { verdict_id: v.id } }, body: { decision: deciding, reason } }))}
          onClose={() => setDeciding(null)}
          onDone={onDone}
        />
      )}
    </article>
  );
}
