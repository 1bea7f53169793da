// A referral on paper: what is handed to the police or to the payee's bank, with nothing
// around it. Reading it is on record, and so is printing.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Refused, reply } from "../sdk/api";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Loading, Status } from "../base/parts";
import { useFetched } from "./data";
import { Facts } from "./facts";
import { Decide, Told, type Referral } from "./refer";
import { Link } from "./router";
import { Trouble, useAuthor } from "./say";
import { api } from "./session";
import { codes } from "./words/codes";
import { refer } from "./words/refer";

type Case = NonNullable<Referral["case"]>;

export function ReferralSheet({ id }: { id: string }) {
  const w = useWords(refer);
  const got = useFetched(() => reply(api.GET("/v1/referrals/{referral_id}", { params: { path: { referral_id: id } } })), [id]);
  const r = got.data, { print, error } = usePrinting(id, r?.case !== undefined);
  useEffect(() => {
    document.title = "Holdfast";
  }, []);
  return (
    <main id="main" className="paper report" data-test="referral">
      <p className="row noprint">
        {r?.case && (
          <Button kind="primary" onClick={() => void print()} autoFocus data-test="print">
            {w.print}
          </Button>
        )}
        {r?.case?.trail.file && (
          <Button onClick={() => save(r)} data-test="referral-file">
            {w.file}
          </Button>
        )}
        {r && (
          <Link to={`/console/holds/${r.hold_id}`} className="button" data-test="referral-back">
            {w.back}
          </Link>
        )}
      </p>
      <Trouble error={got.error ?? error} />
      {!r && !got.error && <Loading />}
      {r && <h1>{w.sheetTitle[r.to]}</h1>}
      {r && !r.case && <Standing r={r} onDone={got.again} />}
      {r?.case && <Page r={r} c={r.case} />}
    </main>
  );
}

/** Says that the page is printed before it is, also where the browser's own menu does it. */
function usePrinting(id: string, there: boolean) {
  const said = useRef(false), [error, setError] = useState<Refused | null>(null);
  const say = () => reply(api.POST("/v1/referrals/{referral_id}/printed", { params: { path: { referral_id: id } } }));
  useEffect(() => {
    if (!there) return;
    const before = () => {
      if (!said.current) void say().catch(() => undefined);
    };
    addEventListener("beforeprint", before);
    return () => removeEventListener("beforeprint", before);
  }, [id, there]);
  const print = async () => {
    try {
      await say();
    } catch (e) {
      return setError(e instanceof Refused ? e : new Refused(null)); // what is not on record is not printed from here
    }
    said.current = true;
    window.print();
    said.current = false;
  };
  return { print, error };
}

/** The trail as a file: the very lines that are verified. */
function save(r: Referral) {
  const url = URL.createObjectURL(new Blob([`${r.case?.trail.file ?? ""}\n`], { type: "application/x-ndjson" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = `${r.hold_id}.ndjson`;
  a.click();
  URL.revokeObjectURL(url);
}

/** One that cannot be read: why, and what the second person may say. */
function Standing({ r, onDone }: { r: Referral; onDone: () => void }) {
  const w = useWords(refer), author = useAuthor();
  return (
    <>
      <p data-test="referral-status">
        <Status tone="info">{w.statuses[r.status]}</Status> {r.status !== "asked" && w.notYet}
      </p>
      <section className="stack tight">
        <h2>{w.asks(author(r.first))}</h2>
        <blockquote>{r.reason}</blockquote>
        <p>{w.decideBody}</p>
        <Told r={r} />
      </section>
      <Decide r={r} onDone={onDone} />
    </>
  );
}

function Page({ r, c }: { r: Referral; c: Case }) {
  const w = useWords(refer), k = useWords(codes), locale = useLocale(), author = useAuthor(), at = (when: string) => dateTime(when, locale);
  return (
    <>
      <Facts of={[[w.referral, r.id], [w.readAt, at(c.read_at)]]} />
      <Part title={w.payment}>
        <Facts
          of={[
            [w.amount, <strong>{money(c.amount, locale)}</strong>], [w.kind, k.payments[c.kind] ?? c.kind], [w.transaction, c.transaction_id], [w.hold, r.hold_id],
            [w.requested, at(c.requested_at)], [w.held, at(c.accepted_at)], [w.status, k.statuses[c.status] ?? c.status],
            [w.decided, c.outcome && c.decided_at ? `${k.outcomes[c.outcome]} · ${at(c.decided_at)}` : "–"],
          ]}
        />
      </Part>
      <Part title={w.customer}>
        <Facts of={[[w.name, c.customer.name], [w.id, c.customer.id ?? w.leftOut], [w.numbers, c.customer.numbers.join(", ") || "–"]]} />
      </Part>
      <Part title={w.payee}>
        <Facts of={[[w.name, c.payee.name], [w.account, c.payee.account], [w.bank, c.payee.bank || "–"], [w.country, c.payee.country || "–"]]} />
      </Part>
      <Part title={w.asked}>
        <Asked c={c} />
      </Part>
      <Part title={w.why}>
        <blockquote>{r.reason}</blockquote>
        <p>
          {w.asks(author(r.first))} · {at(r.asked_at)}
          <br />
          {w.agrees(author(r.second ?? ""))}
          {r.closed_at && ` · ${at(r.closed_at)}`}
        </p>
      </Part>
      <Part title={w.proof}>
        <p>
          {w.proofBody(c.trail.sequence)} <code data-test="referral-hash">{c.trail.hash}</code>
        </p>
        <p>{w.proofHow}</p>
        {c.trail.file && (
          <p>
            {w.proofFile} <code className="command">holdfast audit verify --file {r.hold_id}.ndjson</code>
          </p>
        )}
        <p>{w.masked}</p>
      </Part>
    </>
  );
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h2>{title}</h2>
    {children}
  </section>
);

function Asked({ c }: { c: Case }) {
  const w = useWords(refer), k = useWords(codes), locale = useLocale();
  if (c.asked.length === 0) return <p>{w.nothingAsked}</p>;
  return (
    <table>
      <thead>
        <tr>
          {[w.when, w.how, w.said].map((h) => (
            <th key={h} scope="col">
              {h}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {c.asked.map((a, i) => (
          <tr key={i}>
            <td>{dateTime(a.closed_at ?? a.opened_at, locale)}</td>
            <td>{k.channels[a.channel] ?? a.channel}</td>
            <td>{a.answer ? k.answers[a.answer] : k.challenge[a.status]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
