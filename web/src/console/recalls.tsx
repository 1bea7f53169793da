// Recalls: money that went and may be asked for again; who proposed it, what an
// agent says, and how far it has come.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Loading, Notice, Status, type Tone } from "../base/parts";
import { useFetched } from "./data";
import { useLive } from "./live";
import { Link, View } from "./router";
import { Trouble, useAuthor } from "./say";
import { api, useSession } from "./session";
import { recalls } from "./words/recalls";
import { supervise } from "./words/supervise";
import { work } from "./words/work";

type Recall = Schemas["Recall"];
type Decision = "confirm" | "decline";

/** Confirmed is not asked: nobody has been told before the bank's own system has it. */
const stage = (r: Recall) => (r.status === "requested" && !r.requested_at ? "confirmed" : r.status);

const tones: Record<Recall["status"], Tone> = { proposed: "warn", declined: "quiet", requested: "info", accepted: "good", returned: "good", refused: "bad" };

export function Recalls() {
  const w = useWords(recalls), { pulse } = useLive();
  const [status, pick] = useState<"" | Recall["status"]>("proposed"), [after, go] = useState("");
  const got = useFetched(() => reply(api.GET("/v1/recalls", { params: { query: { limit: 50, ...(status && { status }), ...(after && { after }) } } })), [status, after], pulse);
  const list = got.data?.recalls, next = got.data?.next;
  return (
    <View title={w.title} test="recalls">
      <p className="muted">{w.intro}</p>
      <Field label={w.show}>
        <select value={status} onChange={(e) => (pick(e.target.value as typeof status), go(""))} data-test="recall-status">
          {(Object.keys(tones) as Recall["status"][]).map((s) => (
            <option key={s} value={s}>
              {s === "requested" ? w.confirmedOrAsked : w.statuses[s]}
            </option>
          ))}
          <option value="">{w.all}</option>
        </select>
      </Field>
      <Trouble error={got.error} calm />
      {!list && !got.error && <Loading />}
      {list?.length === 0 && <p className="muted">{w.none}</p>}
      <ul className="stack">
        {list?.map((r) => (
          <li key={r.id}>
            <OneRecall r={r} onDone={got.again} />
          </li>
        ))}
      </ul>
      {(next || after) && (
        <p className="row">
          {after && <Button onClick={() => go("")}>{w.first}</Button>}
          {next && (
            <Button onClick={() => go(next)} data-test="recalls-next">
              {w.more}
            </Button>
          )}
        </p>
      )}
    </View>
  );
}

export function OneRecall({ r, onDone, within }: { r: Recall; onDone: () => void; within?: "story" }) {
  const w = useWords(recalls), x = useWords(work), locale = useLocale(), author = useAuthor(), { session } = useSession();
  const [deciding, decide] = useState<Decision | null>(null);
  const own = r.proposed_by === `agent:${session?.sub}`;
  const may = r.status === "proposed" && (session?.role === "agent" || session?.role === "supervisor");
  return (
    <article className="card stack tight" data-test="recall" data-status={r.status}>
      <div className="row apart">
        <h2>{within ? w.one : w.sources[r.source]}</h2>
        <Status tone={tones[r.status]}>{w.statuses[stage(r)]}</Status>
      </div>
      {within && <p>{w.sources[r.source]}</p>}
      {!within && <Paid r={r} />}
      <p className="muted">{w.proposed(author(r.proposed_by), dateTime(r.proposed_at, locale))}</p>
      {r.decided_at && <p className="muted">{(r.status === "declined" ? w.declined : w.confirmed)(author(r.decided_by ?? ""), dateTime(r.decided_at, locale))}</p>}
      {r.decided_by?.startsWith("agent:") && r.reason && <blockquote>{r.reason}</blockquote>}
      {r.decided_by === "system" && r.reason === "verdict_ended" && <p>{w.verdictEnded}</p>}
      <Progress r={r} />
      {!within && session?.role !== "agent" && (
        <Link to={`/console/holds/${r.hold_id}`} data-test="recall-story">
          {x.story}
        </Link>
      )}
      {may && own && <p className="muted">{w.own}</p>}
      {may && (
        <div className="row">
          {!own && (
            <Button kind={within ? "primary" : undefined} onClick={() => decide("confirm")} data-test="recall-confirm">
              {w.confirm}
            </Button>
          )}
          <Button onClick={() => decide("decline")} data-test="recall-decline">
            {w.decline}
          </Button>
        </div>
      )}
      {deciding && <Decide r={r} decision={deciding} onClose={() => decide(null)} onDone={onDone} />}
    </article>
  );
}

function Paid({ r }: { r: Recall }) {
  const locale = useLocale();
  return (
    <div>
      <p className="amount numbers">{money(r.amount, locale)}</p>
      <p className="payee">{r.payee.name}</p>
      <p className="muted">{[r.payee.account, r.payee.bank, r.payee.country].filter(Boolean).join(" · ")}</p>
    </div>
  );
}

/** How far it has come, once it was confirmed. */
function Progress({ r }: { r: Recall }) {
  const w = useWords(recalls), locale = useLocale();
  if (r.status === "proposed" || r.status === "declined") return null;
  return (
    <div className="stack tight" data-test="recall-progress">
      {r.parked_code && <Notice tone="bad">{r.parked_code === "recall_url_missing" ? w.noUrl : w.parked(r.parked_code)}</Notice>}
      {r.requested_at && <p className="muted">{w.asked(dateTime(r.requested_at, locale))}</p>}
      {r.status === "requested" && !r.requested_at && !r.parked_code && <p className="muted">{w.onItsWay}</p>}
      {r.returned && <p className="numbers" data-test="recall-back">{w.back(money(r.returned, locale), money(r.amount, locale))}</p>}
      {r.reference && <p className="muted">{w.reported(r.reference, r.reason_code ?? "")}</p>}
    </div>
  );
}

function Decide({ r, decision, onClose, onDone }: { r: Recall; decision: Decision; onClose: () => void; onDone: () => void }) {
  const w = useWords(recalls), s = useWords(supervise), x = useWords(work);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await reply(api.POST("/v1/recalls/{recall_id}", { params: { path: { recall_id: r.id } }, body: { decision, reason: reason.trim() } }));
      onClose();
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
      setBusy(false);
    }
  };
  const stands = error?.problem?.stands?.recall;
  return (
    <Dialog title={decision === "confirm" ? w.confirmTitle : w.declineTitle} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="recall-decide">
        <Paid r={r} />
        <p>{decision === "confirm" ? w.confirmEffect : w.declineEffect}</p>
        <Field label={s.yourReason}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test="recall-reason" />
        </Field>
        <Trouble error={error} />
        {stands && <Status tone={tones[stands.status]}>{w.statuses[stage(stands)]}</Status>}
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={reason.trim() === ""} data-test="recall-do">
            {decision === "confirm" ? w.confirm : w.decline}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
