// One phone: its texts and calls, the oldest first, and what its owner can do.
import { useEffect, useRef, useState, type FormEvent } from "react";
import { left, time } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Field, Notice, Status } from "../base/parts";
import { LiveCall } from "./LiveCall";
import { over, reply, type Call, type Shown, type Text, type Written } from "./shown";
import { words } from "./words";

export type Owner = { key: string; name: string; number: string; agent: boolean };

type Item = { at: string } & ({ text: Text } | { written: Written } | { call: Call });

export function itemsOf(s: Shown, number: string): Item[] {
  const all: Item[] = [
    ...s.texts.filter((t) => t.to === number).map((text) => ({ at: text.at, text })),
    ...s.replies.filter((r) => r.from === number).map((written) => ({ at: written.at, written })),
    ...s.calls.filter((c) => c.to === number && over(c)).map((call) => ({ at: call.at, call })),
  ];
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

export function Phone({ owner, shown, heading: H = "h2" }: { owner: Owner; shown: Shown; heading?: "h2" | "h3" }) {
  const w = useWords(words);
  const items = itemsOf(shown, owner.number);
  const live = shown.calls.filter((c) => c.to === owner.number && !over(c)).at(-1);
  const end = useRef<HTMLOListElement>(null);
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [items.length]);
  return (
    <section className="handset" aria-label={w.theirs(owner.name)} data-test={`phone-${owner.key}`}>
      <header>
        <H>{owner.name}</H>
        <span className="muted numbers">{owner.number}</span>
      </header>
      {live && <LiveCall key={live.sid} call={live} />}
      {/* It scrolls, so that the keyboard must reach it. */}
      <ol className="thread" ref={end} tabIndex={0} aria-label={w.theirs(owner.name)} data-test="thread">
        {items.length === 0 && !live && <li className="muted">{w.none}</li>}
        {items.map((i) => (
          <li key={"text" in i ? i.text.sid : "call" in i ? i.call.sid : `r${i.at}`}>
            <Entry item={i} />
          </li>
        ))}
      </ol>
      {!owner.agent && <Reply number={owner.number} />}
    </section>
  );
}

function Entry({ item }: { item: Item }) {
  const w = useWords(words), locale = useLocale();
  const when = <span className="muted small numbers">{time(item.at, locale)}</span>;
  if ("text" in item)
    return (
      <div className="bubble" data-test="text">
        <p><Linked body={item.text.body} /></p>
        {when}
      </div>
    );
  if ("written" in item) {
    const a = item.written.answered;
    return (
      <div className="bubble mine" data-test="reply">
        <p>{item.written.body}</p>
        {when} <Status tone={a >= 200 && a < 300 ? "good" : "warn"}>{a === 0 ? w.nobody : a < 300 ? w.took : w.refused}</Status>
      </div>
    );
  }
  const c = item.call;
  const lasted = c.answered_at && c.ended_at ? Date.parse(c.ended_at) - Date.parse(c.answered_at) : 0;
  return (
    <div className="past" data-test="past-call">
      <Status tone={c.status === "completed" ? "quiet" : "warn"}>{w.gone[c.status] ?? c.status}</Status> {lasted > 0 && <span className="small">{w.lasted(left(lasted, locale))}</span>} {when}
      {c.said && <p className="small">{w.said}: “{c.said}”</p>}
    </div>
  );
}

/** A text as a phone shows it: addresses are links, and open beside it. */
function Linked({ body }: { body: string }) {
  const w = useWords(words);
  return body.split(/(https?:\/\/[^\s]+)/).map((part, i) =>
    i % 2 === 0 ? part : (
      <a key={i} href={part} target="_blank" rel="noopener noreferrer" data-test="text-link">
        {part}
        <span className="hide"> ({w.opensTab})</span>
      </a>
    ),
  );
}

function Reply({ number }: { number: string }) {
  const w = useWords(words);
  const [body, set] = useState(""), [busy, setBusy] = useState(false), [failed, setFailed] = useState(false);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || !body.trim()) return;
    setBusy(true);
    const ok = await reply(number, body);
    setBusy(false);
    setFailed(!ok);
    if (ok) set("");
  };
  return (
    <form onSubmit={send}>
      {failed && <Notice tone="warn" title={w.notSent} urgent />}
      <div className="write">
        <Field label={w.write}>
          <input value={body} onChange={(e) => set(e.target.value)} autoComplete="off" maxLength={300} data-test="reply-box" />
        </Field>
        <Button type="submit" busy={busy} data-test="reply-send">{w.send}</Button>
      </div>
    </form>
  );
}
