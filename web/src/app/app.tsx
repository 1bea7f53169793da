// Which view is due: the state decides, a question before everything else.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button, Loading, Notice } from "../base/parts";
import { browserLocale, LocaleProvider, localeOf, useWords } from "../base/locale";
import { Enrol } from "./enrol";
import { Frame, Heading } from "./frame";
import { Help, Home, Outcomes, type View } from "./home";
import { Devices, Log } from "./lists";
import type { End, Model, State } from "./model";
import { Code, Face } from "./other";
import { Question } from "./question";
import { words } from "./words";

export function App({ model }: { model: Model }) {
  const state = useSyncExternalStore(model.subscribe, () => model.state);
  return (
    <LocaleProvider locale={state.me ? localeOf(state.me.locale) : browserLocale()}>
      <Notifier waiting={state.challenges.length} />
      <Frame name={model.bank.name} state={state}>
        <Due model={model} state={state} />
      </Frame>
    </LocaleProvider>
  );
}

function Due({ model, state }: { model: Model; state: State }) {
  const w = useWords(words);
  const [view, go] = useState<View>("home"), [typing, type] = useState(""); // the text whose code is typed beside a push
  const home = () => go("home"), end = state.ends[0];
  if (state.help) return <Said test="helped" title={w.protected} text={state.help} />;
  if (end) return <Ended end={end} state={state} onDone={() => model.dismiss(end.challenge.id)} />;
  switch (state.phase) {
    case "loading":
      return <Loading />;
    case "noStorage":
      return <Said test="no-storage" title={w.noStorage} text={w.noStorageText} />;
    case "ended":
      return <Said test="ended" title={w.sessionOver} text={w.sessionOverText} act={w.signIn} onAct={model.bank.signIn?.bind(model.bank)} />;
    case "revoked":
      return <Said test="revoked" title={w.revoked} text={w.revokedText} act={w.addAnew} onAct={() => model.forgotten()} />;
    case "enrol":
      return <Enrol model={model} lost={state.lost} />;
  }
  const holds = new Set(state.challenges.map((x) => x.hold_id)), text = state.challenges.find((x) => x.id === typing);
  const c = text ?? state.challenges[0], code = state.challenges.find((x) => x.channel === "sms" && x.hold_id === c?.hold_id);
  if (view === "help") return <Help model={model} onBack={home} />;
  if (c?.channel === "sms") return <Code key={c.id} c={c} model={model} />;
  if (c?.channel === "facelink") return <Face key={c.id} c={c} model={model} />;
  if (c) return <Question key={c.id} c={c} model={model} more={holds.size - 1} onCode={code && (() => type(code.id))} onHelp={() => go("help")} />;
  if (view === "log") return <Log model={model} onBack={home} />;
  if (view === "devices") return <Devices model={model} onBack={home} />;
  return <Home model={model} state={state} onGo={go} />;
}

/** A view that says one thing, with at most one way on. */
export function Said({ test, title, text, act, onAct }: { test: string; title: string; text: string; act?: string; onAct?: (() => void) | undefined }) {
  return (
    <section className="ask" data-test={test}>
      <Heading>{title}</Heading>
      <p>{text}</p>
      {act && onAct && <Button kind="primary" wide onClick={onAct} data-test={`${test}-act`}>{act}</Button>}
    </section>
  );
}

/** What became of a question. */
function Ended({ end, state, onDone }: { end: End; state: State; onDone: () => void }) {
  const w = useWords(words);
  const mine: Record<string, string> = { approve: w.approved, deny: w.denied, not_me: w.reported };
  const texts: Record<End["how"], [string, string]> = {
    answered: [mine[end.answer ?? ""] ?? w.decided, ""],
    elsewhere: [w.elsewhere[end.answer ?? ""] ?? w.decided, w.elsewhereText],
    decided: [w.decided, w.decidedText],
    expired: [w.expired, w.expiredText],
    cancelled: [w.cancelled, w.cancelledText],
  };
  const [title, text] = texts[end.how];
  return (
    <section className="ask" data-test={`ended-${end.how}`}>
      <Heading>{title}</Heading>
      {text && <Notice tone="info">{text}</Notice>}
      <Outcomes outcomes={state.outcomes.filter((o) => o.hold_id === end.challenge.hold_id)} />
      <Button kind="primary" wide onClick={onDone} data-test="done">{w.done}</Button>
    </section>
  );
}

/** Says in a notification that something is asked, while the page is hidden. */
function Notifier({ waiting }: { waiting: number }) {
  const w = useWords(words);
  const before = useRef(0);
  useEffect(() => {
    if (waiting > before.current && document.hidden && "Notification" in window && Notification.permission === "granted") new Notification(w.notice);
    before.current = waiting;
  }, [waiting, w]);
  return null;
}
