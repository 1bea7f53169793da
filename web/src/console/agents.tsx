// The agents and what they are on; their number and languages; the end of their
// access.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { now } from "../base/clock";
import { dateTime, languageName } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Loading, Status } from "../base/parts";
import { useFetched } from "./data";
import { useLive } from "./live";
import { Link, View } from "./router";
import { Trouble } from "./say";
import { api, useSession } from "./session";
import { frame } from "./words/frame";
import { supervise } from "./words/supervise";
import { work } from "./words/work";

export type Agent = Schemas["Agent"];

const awayAfter = 15 * 60_000; // a session's idle time, ms

/** Revoked, and not signed in since. */
export const revoked = (a: Agent) => a.revoked_at !== undefined && !(a.seen_at && Date.parse(a.seen_at) > Date.parse(a.revoked_at));

export function Agents() {
  const w = useWords(supervise), { pulse } = useLive();
  const got = useFetched(() => reply(api.GET("/v1/agents")), [], pulse);
  const [edited, edit] = useState<Agent | null>(null);
  const [ending, end] = useState<Agent | null>(null);
  return (
    <View title={w.agents} test="agents">
      <Trouble error={got.error} calm />
      {!got.data && !got.error && <Loading />}
      <table className="cards" data-test="agents-table">
        <thead>
          <tr>
            {[w.agent, w.state, w.number, w.languages, w.skills, w.seen].map((h) => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
            <th scope="col">
              <span className="hide">{w.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {got.data?.agents.map((a) => (
            <Row key={a.sub} a={a} onEdit={() => edit(a)} onEnd={() => end(a)} />
          ))}
        </tbody>
      </table>
      {edited && <Edit a={edited} onClose={() => edit(null)} onDone={got.again} />}
      {ending && <End a={ending} onClose={() => end(null)} onDone={got.again} />}
    </View>
  );
}

function Row({ a, onEdit, onEnd }: { a: Agent; onEdit: () => void; onEnd: () => void }) {
  const w = useWords(supervise), f = useWords(frame), locale = useLocale(), { session } = useSession();
  const here = a.seen_at !== undefined && now() - Date.parse(a.seen_at) < awayAfter;
  return (
    <tr data-test="agent" data-sub={a.sub}>
      <th scope="row">
        {a.name || a.sub} <span className="muted">{f.roles[a.role as keyof typeof f.roles] ?? a.role}</span>
      </th>
      <td data-label={w.state}>
        {revoked(a) ? <Status tone="warn">{w.revoked}</Status> : a.case_id ? <Status tone="info">{w.onCase}</Status> : <Status tone="quiet">{here ? w.free : w.away}</Status>}{" "}
        {a.case_id && <Link to={`/console/cases/${a.case_id}`}>{w.seeCase}</Link>}
        {a.limit_reached_at && <Status tone="warn">{w.limit(dateTime(a.limit_reached_at, locale))}</Status>}
        {a.linked && <span className="muted">{w.linked}</span>}
      </td>
      <td data-label={w.number}>{a.number || <span className="muted">{w.none}</span>}</td>
      <td data-label={w.languages}>{a.languages.length ? a.languages.map((l) => languageName(l, locale)).join(", ") : w.every}</td>
      <td data-label={w.skills}>{a.skills.join(", ") || <span className="muted">{w.none}</span>}</td>
      <td data-label={w.seen}>{a.seen_at ? dateTime(a.seen_at, locale) : <span className="muted">{w.never}</span>}</td>
      <td>
        <div className="row">
          <Button onClick={onEdit} data-test="edit-agent">
            {w.edit}
            <span className="hide"> {a.name || a.sub}</span>
          </Button>
          {a.sub !== session?.sub && (
            <Button onClick={onEnd} data-test="revoke-agent">
              {w.revoke}
              <span className="hide"> {a.name || a.sub}</span>
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}

function Edit({ a, onClose, onDone }: { a: Agent; onClose: () => void; onDone: () => void }) {
  const w = useWords(supervise), x = useWords(work);
  const [number, setNumber] = useState(""), [noNumber, setNoNumber] = useState(false);
  const [languages, setLanguages] = useState(a.languages.join(" ")), [skills, setSkills] = useState(a.skills.join(" "));
  const [customer, setCustomer] = useState(""), [notLinked, setNotLinked] = useState(false);
  const [error, setError] = useState<Refused | null>(null);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    const words = (list: string) => list.toLowerCase().split(/[\s,，、]+/).filter(Boolean);
    const body = {
      number: noNumber ? "" : number.replace(/[\s()-]/g, "") || undefined,
      languages: words(languages),
      skills: words(skills),
      customer_id: notLinked ? "" : customer.trim() || undefined,
    };
    try {
      await reply(api.PUT("/v1/agents/{sub}", { params: { path: { sub: a.sub } }, body }));
      onDone();
      onClose();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  const wrong = (field: string) => (error?.problem?.field?.startsWith(field) ? w.fieldWrong : undefined);
  return (
    <Dialog title={w.editTitle(a.name || a.sub)} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="edit">
        <p>{w.editBody}</p>
        <Field label={w.number} hint={w.numberHint(a.number ?? "")} error={wrong("/number")}>
          <input type="tel" value={number} onChange={(e) => setNumber(e.target.value)} disabled={noNumber} maxLength={24} autoComplete="off" data-test="agent-number" />
        </Field>
        {a.number && <Tick label={w.noNumber} on={noNumber} set={setNoNumber} />}
        <Field label={w.languages} hint={w.languagesHint} error={wrong("/languages")}>
          <input value={languages} onChange={(e) => setLanguages(e.target.value)} maxLength={80} autoComplete="off" data-test="agent-languages" />
        </Field>
        <Field label={w.skills} hint={w.skillsHint} error={wrong("/skills")}>
          <input value={skills} onChange={(e) => setSkills(e.target.value)} maxLength={200} autoComplete="off" data-test="agent-skills" />
        </Field>
        <Field label={w.customerId} hint={a.linked ? w.customerLinked : w.customerHint} error={wrong("/customer_id")}>
          <input value={customer} onChange={(e) => setCustomer(e.target.value)} disabled={notLinked} maxLength={64} autoComplete="off" data-test="agent-customer" />
        </Field>
        {a.linked && <Tick label={w.notLinked} on={notLinked} set={setNotLinked} />}
        <Trouble error={error} />
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind="primary" type="submit" data-test="agent-save">
            {w.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const Tick = ({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) => (
  <label className="tick">
    <input type="checkbox" checked={on} onChange={(e) => set(e.target.checked)} />
    {label}
  </label>
);

function End({ a, onClose, onDone }: { a: Agent; onClose: () => void; onDone: () => void }) {
  const w = useWords(supervise), x = useWords(work);
  const [error, setError] = useState<Refused | null>(null);
  const send = async () => {
    try {
      await reply(api.POST("/v1/agents/{sub}/revoke", { params: { path: { sub: a.sub } } }));
      onDone();
      onClose();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <Dialog title={w.revokeTitle(a.name || a.sub)} onClose={onClose}>
      <p>{w.revokeBody}</p>
      <Trouble error={error} />
      <div className="actions">
        <Button onClick={onClose}>{x.cancel}</Button>
        <Button kind="danger" onClick={() => void send()} data-test="revoke-do">
          {w.revokeDo}
        </Button>
      </div>
    </Dialog>
  );
}
