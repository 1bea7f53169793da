// A case that two supervisors hand to somebody outside: asked for, decided, listed.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Status, type Tone } from "../base/parts";
import { useFetched } from "./data";
import { useLive } from "./live";
import { Link } from "./router";
import { Trouble, useAuthor } from "./say";
import { api, useSession } from "./session";
import { refer } from "./words/refer";
import { supervise } from "./words/supervise";
import { work } from "./words/work";

export type Referral = Schemas["Referral"];

const tones: Record<string, Tone> = { asked: "info", approved: "good", rejected: "warn" };

/** Those of one payment, with the way to ask for one. */
export function Referrals({ hold }: { hold: string }) {
  const w = useWords(refer), [asking, ask] = useState(false);
  const got = useFetched(() => reply(api.GET("/v1/referrals", { params: { query: { hold_id: hold } } })), [hold]);
  const list = got.data?.referrals;
  return (
    <section className="card stack tight" aria-labelledby="referrals" data-test="referrals">
      <div className="row apart">
        <h2 id="referrals">{w.title}</h2>
        <Button onClick={() => ask(true)} data-test="refer">
          {w.ask}
        </Button>
      </div>
      <Trouble error={got.error} calm />
      {list?.length === 0 && <p className="muted">{w.none}</p>}
      {list?.map((r) => (
        <Line key={r.id} r={r} />
      ))}
      {asking && <Ask hold={hold} onClose={() => ask(false)} onDone={got.again} />}
    </section>
  );
}

/** What waits for a second person, beside the approvals. */
export function WaitingReferrals() {
  const w = useWords(refer), { pulse } = useLive();
  const got = useFetched(() => reply(api.GET("/v1/referrals", { params: { query: { status: "asked", limit: 200 } } })), [], pulse);
  const list = got.data?.referrals ?? [];
  if (list.length === 0) return <Trouble error={got.error} calm />;
  return (
    <section className="card stack tight" aria-labelledby="waiting-referrals" data-test="waiting-referrals">
      <h2 id="waiting-referrals">{w.waits}</h2>
      {list.map((r) => (
        <Line key={r.id} r={r} />
      ))}
    </section>
  );
}

function Line({ r }: { r: Referral }) {
  const w = useWords(refer), locale = useLocale(), author = useAuthor();
  return (
    <div className="stack tight" data-test="referral-line">
      <p className="row">
        <strong>{w.recipients[r.to]}</strong>
        <Status tone={tones[r.status] ?? "quiet"}>{w.statuses[r.status]}</Status>
        <Link to={`/console/referrals/${r.id}`} data-test="referral-open">
          {w.open}
        </Link>
      </p>
      <p className="muted small">
        {author(r.first)} · {dateTime(r.asked_at, locale)} · {w.until(dateTime(r.until, locale))}
        {r.readings > 0 && ` · ${w.read(r.readings)}`}
      </p>
      <blockquote>{r.reason}</blockquote>
    </div>
  );
}

function Ask({ hold, onClose, onDone }: { hold: string; onClose: () => void; onDone: () => void }) {
  const w = useWords(refer), x = useWords(work), s = useWords(supervise);
  const [to, choose] = useState<Referral["to"]>("police"), [reason, setReason] = useState(""), [error, setError] = useState<Refused | null>(null);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    try {
      await reply(api.POST("/v1/holds/{hold_id}/referrals", { params: { path: { hold_id: hold } }, body: { to, reason: reason.trim() } }));
      onClose();
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <Dialog title={w.askTitle} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="refer-ask">
        <p>{w.askBody}</p>
        <fieldset>
          <legend>{w.to}</legend>
          {(["police", "payee_bank"] as const).map((one) => (
            <label className="tick" key={one}>
              <input type="radio" name="to" checked={to === one} onChange={() => choose(one)} data-test={`refer-${one}`} />
              {w.recipients[one]}
            </label>
          ))}
        </fieldset>
        <Field label={w.reason} hint={w.reasonHint}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test="refer-reason" />
        </Field>
        <Trouble error={error} />
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind="primary" type="submit" disabled={reason.trim() === ""} data-test="refer-do">
            {s.askSecond}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the second person can say, and what they agree to. */
export function Decide({ r, onDone }: { r: Referral; onDone: () => void }) {
  const w = useWords(refer), x = useWords(work), s = useWords(supervise), { session } = useSession();
  const [approve, decide] = useState<boolean | null>(null), [reason, setReason] = useState(""), [error, setError] = useState<Refused | null>(null);
  if (r.status !== "asked") return null;
  if (r.first === `agent:${session?.sub}`) return <p className="muted">{w.own}</p>;
  const close = () => {
    decide(null);
    setError(null);
  };
  const send = async (e: FormEvent) => {
    e.preventDefault();
    try {
      await reply(api.POST("/v1/referrals/{referral_id}", { params: { path: { referral_id: r.id } }, body: { decision: approve ? "approve" : "reject", reason: reason.trim() } }));
      close();
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <div className="row">
      <Button onClick={() => decide(true)} data-test="referral-agree">
        {w.agree}
      </Button>
      <Button onClick={() => decide(false)} data-test="referral-reject">
        {w.reject}
      </Button>
      {approve !== null && (
        <Dialog title={w.decideTitle(approve)} onClose={close}>
          <form className="stack" onSubmit={(e) => void send(e)} data-test="referral-decide">
            <p>{approve ? w.decideBody : w.rejectBody}</p>
            {approve && <Told r={r} />}
            <Field label={s.yourReason}>
              <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test="referral-reason" />
            </Field>
            <Trouble error={error} />
            <div className="actions">
              <Button onClick={close}>{x.cancel}</Button>
              <Button kind={approve ? "danger" : "primary"} type="submit" disabled={reason.trim() === ""} data-test="referral-do">
                {approve ? w.agree : w.reject}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </div>
  );
}

/** What a referral tells whole. */
export function Told({ r }: { r: Referral }) {
  const w = useWords(refer);
  return (
    <ul data-test="referral-told">
      {r.shows.length === 0 && <li>{w.nothingWhole}</li>}
      {r.shows.map((part) => (
        <li key={part}>{w.parts[part]}</li>
      ))}
    </ul>
  );
}
