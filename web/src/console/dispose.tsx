// The question before a result is sent. It repeats which payment it is about.
import { useState, type FormEvent } from "react";
import { reply, type Schemas } from "../sdk/api";
import { now } from "../base/clock";
import { money, languageName } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Notice } from "../base/parts";
import { useDesk } from "./desk";
import { Note } from "./note";
import { isUnreached, isUrgent } from "./results";
import { BothClocks, Trouble } from "./say";
import { api, useSession, type Case, type Disposition, type Task } from "./session";
import { codes } from "./words/codes";
import { counter } from "./words/counter";
import { rail } from "./words/rail";

// Offered by name; the policy's customers speak others as well, typed by code.
const languages = ["en", "de", "fr", "es", "it", "pl", "tr", "ar", "ru", "uk", "zh", "nl", "pt", "ro"];
const final: Disposition[] = ["confirmed", "refused", "not_me", "same"]; // it cannot be taken back
const soon = [15, 60, 180]; // minutes

type Kind = Schemas["DocumentKind"];
type Props = { c: Case; task: Task; disposition: Disposition; onClose: () => void };

export function Dispose({ c, task, disposition, onClose }: Props) {
  const w = useWords(rail), k = useWords(codes), desk = useDesk();
  const [at, setAt] = useState("");
  const [language, setLanguage] = useState("");
  const [document, setDocument] = useState<Kind | "">("");
  const [also, setAlso] = useState<Task[]>([]);
  const says = useSays(task, disposition);
  const deadline = task.hold?.deadline ?? c.deadline;
  const when = at ? new Date(at) : null;
  const badTime = when !== null && (when.getTime() <= now() || (deadline !== undefined && when.getTime() >= Date.parse(deadline)));
  const incomplete = (disposition === "call_later" && (!when || badTime)) || (disposition === "language" && !/^[a-z]{2,3}$/.test(language)) || (disposition === "document_checked" && !document);

  const send = async (e: FormEvent) => {
    e.preventDefault();
    if (incomplete) return;
    const got = await desk.run("dispose", () => dispose(c, task, disposition, { note: desk.draft(task.id).note, at: when, language, document: document || undefined }));
    if (!got) return;
    const others = c.tasks.filter((t) => got.also?.includes(t.id));
    await desk.said({ task, disposition, outcome: got.outcome, nextAt: got.next_at, secondCalls: got.second_calls, spent: got.plan_spent });
    if (others.length > 0) setAlso(others);
    else onClose();
  };
  if (also.length > 0) return <Also c={c} tasks={also} disposition={disposition} onClose={onClose} />;
  return (
    <Dialog title={k.dispositions[disposition]} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="dispose">
        <About task={task} />
        <p>{says.effect}</p>
        {disposition === "call_later" && <Later c={c} at={at} setAt={setAt} bad={badTime} deadline={deadline} />}
        {disposition === "document_checked" && <Document value={document} set={setDocument} />}
        {disposition === "language" && <Language value={language} set={setLanguage} />}
        <Note id={task.id} note={desk.draft(task.id).note} />
        <Trouble error={desk.error} />
        <div className="actions">
          <Button onClick={onClose} data-test="dispose-cancel">
            {w.cancel}
          </Button>
          <Button kind={says.lasts ? "danger" : "primary"} type="submit" busy={desk.busy === "dispose"} disabled={incomplete} data-test="dispose-do">
            {says.does}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type Says = { effect: string; does: string; lasts: boolean };

/** What follows from a result, what the button does, and whether it is for good. */
function useSays(task: Task, d: Disposition): Says {
  const w = useWords(rail), { session } = useSession();
  if (d === "scam" && session?.role === "supervisor") return { effect: w.scamClosed, does: w.doIt, lasts: false };
  if (d === "document_checked") return { effect: w.effects[d] ?? "", does: w.dos[d] ?? w.doIt, lasts: false };
  if (d === "confirmed" && task.second_calls) return { effect: w.effectTalk, does: w.doTalk, lasts: false };
  if (task.two_needed && (d === "confirmed" || d === "same")) return { effect: w.effectTwo, does: w.doTwo, lasts: false };
  if (isUnreached(d)) {
    const next = !task.last_attempt ? w.nextPlanned : isUrgent(task) ? w.lastUrgent : w.lastAttempt;
    return { effect: [w.effects[d], next].filter(Boolean).join(" "), does: w.doIt, lasts: false };
  }
  if (!task.hold && d === "not_me") return { effect: w.frozenOnly, does: w.doFreeze, lasts: true }; // there is nothing to release or reverse
  if (!task.hold && (d === "confirmed" || d === "refused")) return { effect: w.dealtWith, does: w.doIt, lasts: false };
  return { effect: w.effects[d] ?? "", does: w.dos[d] ?? w.doIt, lasts: final.includes(d) };
}

export const dispose = (c: Case, task: Task, disposition: Disposition, more: { note: string; at?: Date | null; language?: string; document?: Kind | undefined }) =>
  reply(
    api.POST("/v1/callbacks/{case_id}/dispositions", {
      params: { path: { case_id: c.id } },
      body: {
        task_id: task.id,
        disposition,
        revision: task.hold?.revision,
        note: more.note.trim() || undefined,
        at: disposition === "call_later" ? more.at?.toISOString() : undefined,
        language: disposition === "language" ? more.language : undefined,
        document: disposition === "document_checked" ? more.document : undefined,
      },
    }),
  );

// The dialog opens with the focus on what it is about: it is read out first, and
// no key pressed too long types or sends anything.
const first = { tabIndex: -1, ref: (e: HTMLElement | null) => e?.setAttribute("autofocus", "") };

function About({ task }: { task: Task }) {
  const locale = useLocale(), k = useWords(codes);
  if (!task.hold) return <p {...first}>{k.kinds[task.kind] ?? task.kind}</p>;
  return (
    <div data-test="dispose-about" {...first}>
      <p className="amount numbers">{money(task.hold.amount, locale)}</p>
      <p className="payee">{task.hold.payee.name}</p>
      <p className="muted">{task.hold.payee.account}</p>
    </div>
  );
}

const two = (n: number) => String(n).padStart(2, "0");
/** As a datetime-local field wants it: our clock, to the minute. */
const local = (t: Date) => `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}T${two(t.getHours())}:${two(t.getMinutes())}`;

function Later({ c, at, setAt, bad, deadline }: { c: Case; at: string; setAt: (at: string) => void; bad: boolean; deadline: string | undefined }) {
  const w = useWords(rail), zone = c.customer.time_zone;
  const fits = soon.filter((m) => !deadline || now() + m * 60_000 < Date.parse(deadline));
  return (
    <>
      <div className="row">
        {fits.map((m) => (
          <Button key={m} onClick={() => setAt(local(new Date(now() + m * 60_000)))}>
            {w.inMinutes(m)}
          </Button>
        ))}
      </div>
      <Field label={w.laterAt} error={bad ? w.laterBad : undefined}>
        <input type="datetime-local" value={at} min={local(new Date(now()))} max={deadline && local(new Date(deadline))} onChange={(e) => setAt(e.target.value)} required data-test="later-at" />
      </Field>
      {at && !Number.isNaN(Date.parse(at)) && (
        <p>
          <BothClocks at={new Date(at).toISOString()} zone={zone} test="later-clocks" />
        </p>
      )}
      {deadline && (
        <p className="muted">
          {w.laterDeadline} <BothClocks at={deadline} zone={zone} />
        </p>
      )}
    </>
  );
}

function Language({ value, set }: { value: string; set: (code: string) => void }) {
  const w = useWords(rail), locale = useLocale();
  const listed = languages.includes(value) || value === "";
  return (
    <>
      <Field label={w.language}>
        <select value={listed ? value : "other"} onChange={(e) => set(e.target.value === "other" ? " " : e.target.value)} required data-test="language">
          <option value="" />
          {languages.map((l) => (
            <option key={l} value={l}>
              {languageName(l, locale)}
            </option>
          ))}
          <option value="other">{w.languageOther}</option>
        </select>
      </Field>
      {!listed && (
        <Field label={w.languageCode} hint={w.languageHint}>
          <input value={value.trim()} onChange={(e) => set(e.target.value.toLowerCase() || " ")} maxLength={3} required autoComplete="off" data-test="language-code" />
        </Field>
      )}
    </>
  );
}

/** The kind of document alone: no number of it is kept. */
function Document({ value, set }: { value: Kind | ""; set: (kind: Kind) => void }) {
  const w = useWords(counter);
  return (
    <fieldset>
      <legend>{w.document}</legend>
      {(Object.keys(w.documents) as Kind[]).map((kind) => (
        <label className="tick" key={kind}>
          <input type="radio" name="document" checked={value === kind} onChange={() => set(kind)} required data-test={`document-${kind}`} />
          {w.documents[kind]}
        </label>
      ))}
      <p className="muted small">{w.documentNote}</p>
    </fieldset>
  );
}

/** The customer's other payments, to which the same may apply. */
function Also({ c, tasks, disposition: said, onClose }: { c: Case; tasks: Task[]; disposition: Disposition; onClose: () => void }) {
  const disposition = said === "scam" ? "suspected_scam" : said; // as it is said of a payment
  const w = useWords(rail), k = useWords(codes), locale = useLocale(), desk = useDesk();
  const [chosen, setChosen] = useState<string[]>([]);
  const send = async () => {
    for (const t of tasks.filter((x) => chosen.includes(x.id))) {
      const got = await desk.run("dispose", () => dispose(c, t, disposition, { note: "" }));
      if (!got) return;
      await desk.said({ task: t, disposition, outcome: got.outcome, nextAt: got.next_at });
    }
    onClose();
  };
  return (
    <Dialog title={w.alsoTitle} onClose={onClose}>
      <div className="stack" data-test="also">
        <Notice tone="info">
          <p>{w.alsoBody(k.dispositions[disposition] ?? disposition)}</p>
        </Notice>
        {tasks.map((t) => (
          <label className="tick" key={t.id}>
            <input type="checkbox" checked={chosen.includes(t.id)} onChange={(e) => setChosen(e.target.checked ? [...chosen, t.id] : chosen.filter((x) => x !== t.id))} />
            <span className="numbers">{t.hold ? `${money(t.hold.amount, locale)} · ${t.hold.payee.name}` : k.kinds[t.kind]}</span>
          </label>
        ))}
        <Trouble error={desk.error} />
        <div className="actions">
          <Button onClick={onClose}>{w.alsoNone}</Button>
          <Button kind={disposition === "not_me" ? "danger" : "primary"} disabled={chosen.length === 0} busy={desk.busy === "dispose"} onClick={() => void send()} data-test="also-do">
            {w.alsoDo(chosen.length)}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
