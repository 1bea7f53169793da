// Whom the customer trusts: an agent tells them of a payment that looks wrong, takes
// their veto down, or blocks one whom the customer, alone, wants told nothing.
import { useState } from "react";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Loading, Notice, Status, type Tone } from "../base/parts";
import { Refused, reply, type Schemas } from "../sdk/api";
import { useFetched } from "./data";
import { useLive } from "./live";
import { Trouble } from "./say";
import { api, type Case, type Task } from "./session";
import { trusted } from "./words/trusted";
import { work } from "./words/work";

type Contact = Schemas["CaseContact"];
type List = Schemas["CaseContactList"];
type Act = Schemas["ContactAct"]["act"];

const tones: Record<string, Tone> = { named: "quiet", accepted: "quiet", effective: "good", blocked: "warn" };
const ofHold: Act[] = ["call", "text", "veto"];

export function Contacts({ c, task, clerk }: { c: Case; task: Task; clerk: boolean }) {
  const w = useWords(trusted), x = useWords(work), { pulse } = useLive();
  const { data, error, again } = useFetched(() => reply(api.GET("/v1/callbacks/{case_id}/contacts", { params: { path: { case_id: c.id } } })), [c.id, c.identified], pulse);
  const [asking, ask] = useState<{ contact: Contact; act: Act }>(), [number, show] = useState("");
  if (data && data.contacts.length === 0 && !data.enabled) return null;
  return (
    <section className="card stack tight" aria-labelledby="contacts" data-test="contacts">
      <h3 id="contacts">{w.title}</h3>
      {!data && !error && <Loading />}
      {error && (
        <>
          <Trouble error={error} calm />
          <span className="row">
            <Button onClick={again} data-test="contacts-again">{x.lookAgain}</Button>
          </span>
        </>
      )}
      {data?.contacts.length === 0 && <p className="muted">{w.none}</p>}
      <ul className="stack tight">
        {data?.contacts.map((one) => (
          <One key={one.id} x={one} list={data} task={task} clerk={clerk} onAct={(act) => { show(""); ask({ contact: one, act }); }} />
        ))}
      </ul>
      {number && (
        <Notice tone="info" title={w.dial} urgent>
          <p className="numbers" data-test="contact-number">{number}</p>
          <p>{w.sayOnly}</p>
        </Notice>
      )}
      {asking && (
        <Sure
          caseId={c.id}
          hold={ofHold.includes(asking.act) ? task.hold?.id : undefined}
          {...asking}
          onClose={() => ask(undefined)}
          onDone={(got) => {
            ask(undefined);
            show(got.number ?? "");
            again();
          }}
        />
      )}
    </section>
  );
}

function One({ x, list, task, clerk, onAct }: { x: Contact; list: List; task: Task; clerk: boolean; onAct: (act: Act) => void }) {
  const w = useWords(trusted), locale = useLocale();
  const h = task.hold && !task.hold.decision ? task.hold : undefined;
  const done = x.acted.filter((a) => a.hold_id === h?.id);
  const may: Act[] = [];
  if (x.status === "effective" && h && !clerk && list.enabled) {
    may.push("call");
    if (list.inform === "text" && !done.some((a) => a.act === "text")) may.push("text");
    if (list.veto === "agent" && x.veto_from && !done.some((a) => a.act === "veto")) may.push("veto");
  }
  if (!clerk && list.enabled && list.veto === "agent" && list.identified && !x.veto_from && x.status !== "blocked") may.push("allow_veto");
  if ((list.identified || clerk) && x.status !== "blocked") may.push("block");
  return (
    <li className="stack tight" data-contact={x.id} data-status={x.status}>
      <span className="row">
        <strong><bdi>{x.name}</bdi></strong>
        <span className="numbers muted">{x.number}</span>
        <Status tone={tones[x.status] ?? "quiet"}>{w.statuses[x.status]}</Status>
        {x.veto_from && <span className="muted small">{w.mayVeto(dateTime(x.veto_from, locale))}</span>}
        {x.leaves_at && <span className="small">{w.leaves(dateTime(x.leaves_at, locale))}</span>}
      </span>
      {x.status === "blocked" && <p className="small">{w.silent}</p>}
      {done.map((a) => (
        <span key={a.act + a.at} className="muted small">{w.acted[a.act]} · {dateTime(a.at, locale)}</span>
      ))}
      <span className="row">
        {may.map((act) => (
          <Button key={act} onClick={() => onAct(act)} data-test={`contact-${act}`} aria-label={`${w.acts[act]}: ${x.name}`}>{w.acts[act]}</Button>
        ))}
      </span>
    </li>
  );
}

type Asked = { caseId: string; hold: string | undefined; contact: Contact; act: Act; onClose: () => void; onDone: (got: Schemas["ContactDone"]) => void };

/** What it means, before it is done. */
function Sure({ caseId, hold, contact, act, onClose, onDone }: Asked) {
  const w = useWords(trusted);
  const [busy, work] = useState(false), [error, set] = useState<Refused | null>(null);
  const send = async () => {
    work(true);
    try {
      const path = { case_id: caseId, contact_id: contact.id };
      onDone(await reply(api.POST("/v1/callbacks/{case_id}/contacts/{contact_id}", { params: { path }, body: hold ? { act, hold_id: hold } : { act } })));
    } catch (e) {
      set(e instanceof Refused ? e : new Refused(null));
      work(false);
    }
  };
  return (
    <Dialog title={`${w.acts[act]}: ${contact.name}`} onClose={onClose}>
      <p>{w.means[act]}</p>
      {error && w.refusals[error.code] ? <Notice tone="warn" urgent>{w.refusals[error.code]}</Notice> : <Trouble error={error} />}
      <div className="actions">
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button kind="primary" busy={busy} onClick={() => void send()} data-test="contact-do">{w.acts[act]}</Button>
      </div>
    </Dialog>
  );
}
