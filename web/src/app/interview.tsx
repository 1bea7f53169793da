// What comes before any way to pay: a few questions, one to a view; a warning, where
// stopping is the easy way; and what waits.
import { useRef, useState } from "react";
import { Button, Notice } from "../base/parts";
import { useNow } from "../base/clock";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Challenge, Said, Wait } from "../sdk";
import { View } from "./frame";
import { IsIt } from "./safety";
import type { Model } from "./model";
import { Refused, YouSaid } from "./question";
import { words } from "./words";

type Common = { c: Challenge; model: Model };

/** The payment in two lines, so that it is clear what the questions are about. */
export function Which({ c }: { c: Challenge }) {
  const locale = useLocale();
  return (
    <p className="muted" data-test="which">
      {money(c.document.amount, locale)} → <bdi>{c.payee_shown}</bdi>
    </p>
  );
}

/** The questions, one after the other. Nothing is sent before the last is answered. */
export function Interview({ c, model, onRefuse }: Common & { onRefuse: () => void }) {
  const w = useWords(words), questions = c.interview?.questions ?? [];
  const [said, say] = useState<Said[]>([]), [busy, set] = useState(false), [refusal, refuse] = useState("");
  const at = Math.min(said.length, questions.length - 1), q = questions[at];
  if (!q) return null;
  const answer = async (code: string) => {
    const all = [...said.slice(0, at), { question: q.code, answer: code }];
    say(all);
    if (all.length < questions.length) return;
    set(true);
    refuse("");
    const why = await model.interview(c, all);
    set(false);
    if (!why) return;
    say(all.slice(0, -1));
    refuse(w.refusals[why] ?? w.refused);
  };
  return (
    <View key={q.code} test="interview" title={q.text}>
      <p className="muted">{w.questionOf(at + 1, questions.length)}</p>
      <Which c={c} />
      <Refused why={refusal} />
      {q.answers.map((o) => (
        <Button key={o.code} wide busy={busy} onClick={() => void answer(o.code)} data-test={`say-${o.code}`}>{o.text}</Button>
      ))}
      {at > 0 && <Button kind="quiet" wide busy={busy} onClick={() => say(said.slice(0, at - 1))} data-test="back">{w.back}</Button>}
      <Button kind="quiet" wide busy={busy} onClick={onRefuse} data-test="refuse">{w.refuse}</Button>
      <IsIt model={model} />
    </View>
  );
}

/** How a warning is read, and what becomes of it. */
function useWarning(c: Challenge | undefined, model: Model) {
  const w = useWords(words), warning = c?.interview?.warning;
  const since = useRef(Date.now());
  const [busy, set] = useState(false), [refusal, refuse] = useState("");
  useNow(); // once a second
  const shown = (Date.now() - since.current) / 1000;
  return {
    left: Math.max(0, Math.ceil((warning?.seconds ?? 0) - shown)),
    busy,
    refusal,
    /** The refusal is what counts; that they stopped is told on the side. */
    stopped: () => warning && void model.warned(c!, "stopped", Math.round(shown)).catch(() => undefined),
    choose: async (choice: "went_on" | "told") => {
      set(true);
      refuse("");
      const why = await model.warned(c!, choice, Math.round(shown)).catch(() => "unreachable");
      set(false);
      if (why) refuse(w.refusals[why] ?? w.refused);
    },
  };
}

type Warning = ReturnType<typeof useWarning>;

/** The way on, once there was time to read; that there was is said aloud once. */
function Onward({ warning, onClick }: { warning: Warning; onClick: () => void }) {
  const w = useWords(words), { left } = warning;
  return (
    <>
      <Button kind="quiet" wide disabled={left > 0} onClick={onClick} data-test="onward">{left > 0 ? w.readFirst(left) : w.onwardToPay}</Button>
      <span className="hide" role="status" data-test="may-go-on">{left > 0 ? "" : w.mayGoOn}</span>
    </>
  );
}

/** The warning: stopping first, going on in two steps, and "I was told to say this" at hand. */
export function Warned({ c, model, onStop }: Common & { onStop: () => void }) {
  const w = useWords(words), warning = useWarning(c, model), { text } = c.interview!.warning!;
  const [sure, ask] = useState(false);
  const stop = () => {
    onStop();
    warning.stopped();
  };
  const told = <Button wide busy={warning.busy} onClick={() => void warning.choose("told")} data-test="told">{w.told}</Button>;
  if (sure)
    return (
      <View key="sure" test="warning-sure" title={w.stillPay}>
        <Which c={c} />
        <p>{text}</p>
        <Refused why={warning.refusal} />
        <Button kind="primary" wide busy={warning.busy} onClick={stop} data-test="stop">{w.stopIt}</Button>
        {told}
        <Button kind="quiet" wide busy={warning.busy} onClick={() => void warning.choose("went_on")} data-test="go-on">{w.payAnyway}</Button>
        <Button kind="quiet" wide onClick={() => ask(false)} data-test="back">{w.back}</Button>
      </View>
    );
  return (
    <View key="warning" test="talk-warning" title={w.warning}>
      <Notice tone="warn" title={text} />
      <Which c={c} />
      <Refused why={warning.refusal} />
      <Button kind="primary" wide busy={warning.busy} onClick={stop} data-test="stop">{w.stopIt}</Button>
      {told}
      <Onward warning={warning} onClick={() => ask(true)} />
      <IsIt model={model} />
    </View>
  );
}

/** Payments that wait: what happens when, and how to stop them. */
export function Waits({ waits, model }: { waits: Wait[]; model: Model }) {
  const w = useWords(words);
  if (waits.length === 0) return null;
  return (
    <section aria-labelledby="waits" className="stack">
      <h2 id="waits">{w.waits(waits.length)}</h2>
      {waits.map((x) => <Waiting key={x.hold_id} wait={x} model={model} />)}
    </section>
  );
}

function Waiting({ wait, model }: { wait: Wait; model: Model }) {
  const w = useWords(words), locale = useLocale(), c = wait.challenge;
  const [step, go] = useState<"" | "stop" | "on">(""), [busy, set] = useState(false), [failed, fail] = useState("");
  const warning = useWarning(c, model), unread = c?.interview?.warning; // what there is time to read now
  const stop = async () => {
    set(true);
    const why = await model.stopWaiting(wait).catch(() => ({ code: "unreachable" }));
    set(false);
    fail(why ? w.refusals[why.code] ?? w.refused : "");
  };
  const back = <Button kind="quiet" wide onClick={() => go("")} data-test="back">{w.back}</Button>;
  return (
    <div className="card stack" data-test="waiting">
      {c && <p><strong className="numbers">{money(c.document.amount, locale)}</strong> → <bdi>{c.payee_shown}</bdi></p>}
      {wait.not_before && <p><strong data-test="not-before">{w.notBefore(dateTime(wait.not_before, locale))}</strong></p>}
      {unread && <Notice tone="warn" title={unread.text} />}
      <p>{wait.text}</p>
      {c && !unread && <YouSaid c={c} />}
      <Refused why={failed || warning.refusal} />
      {step === "stop" ? (
        <>
          <Button kind="primary" wide busy={busy} onClick={() => void stop()} data-test="stop-wait">{w.stopSure}</Button>
          {back}
        </>
      ) : (
        <>
          <Button kind="primary" wide onClick={() => { go("stop"); warning.stopped(); }} data-test="stop-ask">{w.stopIt}</Button>
          {unread && <Button wide busy={warning.busy} onClick={() => void warning.choose("told")} data-test="told">{w.told}</Button>}
          {unread && step === "" && <Onward warning={warning} onClick={() => go("on")} />}
          {unread && step === "on" && <Button kind="quiet" wide busy={warning.busy} onClick={() => void warning.choose("went_on")} data-test="go-on">{w.waitOn}</Button>}
          {unread && step === "on" && back}
        </>
      )}
    </div>
  );
}
