// What is known of a payment's payee, in a case and in a payment's story.
import { useState } from "react";
import { reply, type Schemas } from "../sdk/api";
import { now } from "../base/clock";
import { date } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Status, type Tone } from "../base/parts";
import { Reasoned } from "./reasoned";
import { Link } from "./router";
import { api, useSession } from "./session";
import { payee } from "./words/payee";

const tones: Record<string, Tone> = { unknown: "quiet", none: "quiet", reported: "warn", confirmed: "bad" };
const day = 86_400_000; // ms

/** A day, and how long ago it is. */
export function useAged() {
  const w = useWords(payee), locale = useLocale();
  return (at: string) => w.aged(date(at, locale), Math.max(0, Math.floor((now() - Date.parse(at)) / day)));
}

/** How much is known against a payee, as one word. */
export const Level = ({ level }: { level: string }) => <Status tone={tones[level] ?? "quiet"}>{useWords(payee).levels[level] ?? level}</Status>;

export function Hits({ hits }: { hits: Schemas["PayeeSaid"][] }) {
  const w = useWords(payee), aged = useAged();
  return (
    <ul className="stack tight">
      {hits.map((h, i) => (
        <li key={i} data-test="payee-hit">
          <strong>{h.text}</strong>
          <br />
          <span className="muted small">{[w.saysList(h.list, w.strengths[h.strength] ?? h.strength), h.reporters > 0 && w.reporters(h.reporters), h.from ? w.since(aged(h.from)) : w.ever].filter(Boolean).join(" · ")}</span>
        </li>
      ))}
    </ul>
  );
}

type Shown = { known: Schemas["PayeeKnown"] | undefined; id: string | undefined; hold: string; readOnly?: boolean };

export function PayeeKnown({ known, id, hold, readOnly }: Shown) {
  const w = useWords(payee), { session } = useSession();
  const [proposing, propose] = useState(false);
  const [proposed, setProposed] = useState(false);
  if (!known || !id) return null;
  const supervises = session?.role === "supervisor" || session?.role === "auditor";
  return (
    <section className="card stack tight" aria-labelledby="payee-known" data-test="payee-known" data-level={known.level}>
      <div className="row apart">
        <h3 id="payee-known">{w.known}</h3>
        <Level level={known.level} />
      </div>
      {known.verdict && <Status tone="bad">{w.verdictStands}</Status>}
      {known.hits.length > 0 && <Hits hits={known.hits} />}
      <p className="muted">{w.linked(known.linked_holds)}</p>
      {(known.mule || known.hits.length > 0) && <p className="muted small">{w.never}</p>}
      <div className="row">
        {supervises && (
          <Link className="button" to={`/console/counterparties/${id}`} data-test="open-payee">
            {w.look}
          </Link>
        )}
        {!readOnly && !proposed && session?.role !== "auditor" && (
          <Button onClick={() => propose(true)} data-test="propose">
            {w.propose}
          </Button>
        )}
        <span role="status">{proposed && <span data-test="proposed">{w.proposedNow}</span>}</span>
      </div>
      {proposing && (
        <Reasoned
          title={w.propose}
          body={w.proposeBody}
          label={w.why}
          act={w.proposeDo}
          test="propose-payee"
          send={(reason) => reply(api.POST("/v1/counterparties/{counterparty_id}/proposals", { params: { path: { counterparty_id: id } }, body: { reason, hold_id: hold } }))}
          onClose={() => propose(false)}
          onDone={() => setProposed(true)}
        />
      )}
    </section>
  );
}
