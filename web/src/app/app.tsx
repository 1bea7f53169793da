// Which view is due: the state decides, a question before everything else.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button, Loading, Notice } from "../base/parts";
import { browserTag, useWords } from "../base/locale";
import type { Answer, End } from "../sdk";
import { Ask } from "./ask";
import { StopAll } from "./bar";
import { Check } from "./check";
import { Contacts } from "./contacts";
import { Stopped, StopEverything, WhatIsStopped } from "./emergency";
import { Enrol } from "./enrol";
import { Frame, Said, View } from "./frame";
import { Help, Home, Outcomes, type Place } from "./home";
import { Devices, Log } from "./lists";
import { Locks } from "./locks";
import type { Model, State } from "./model";
import { Speaks } from "./speaks";
import { words } from "./words";

export function App({ model }: { model: Model }) {
  const state = useSyncExternalStore(model.subscribe, () => model.state);
  return (
    <Speaks tag={state.me?.locale ?? browserTag()}>
      <Notifier waiting={state.challenges.length} />
      <Pages model={model} state={state} />
    </Speaks>
  );
}

/** The page that is due, and the way to help at its foot. */
function Pages({ model, state }: { model: Model; state: State }) {
  const [place, go] = useState<Place>("home"), [asking, set] = useState<"" | "busy" | "failed">("");
  const home = () => go("home");
  const help = () => {
    set("");
    go("help");
  };
  const stopAll = () => {
    set("busy");
    model.report().then(home, () => set("failed"));
  };
  return (
    <Frame name={model.bank.name} state={state} onHelp={help} bar={place === "help" ? <StopAll busy={asking === "busy"} onDo={stopAll} /> : undefined}>
      {place === "help" && <Help call={state.call} failed={asking === "failed"} onBack={home} onStop={() => go("stop")} />}
      {place === "stop" && <StopEverything model={model} onBack={home} onDone={home} />}
      {place !== "help" && place !== "stop" && <Due model={model} state={state} place={place} go={go} />}
    </Frame>
  );
}

function Due({ model, state, place, go }: { model: Model; state: State; place: Place; go: (p: Place) => void }) {
  const w = useWords(words);
  const home = () => go("home"), end = state.ends[0];
  if (state.stopped) return <Stopped e={state.stopped} act={w.done} onAct={() => { home(); model.heard(); }} />;
  if (state.help) return <Said test="helped" title={w.heard} text={state.help} act={w.done} onAct={() => { home(); model.heard(); }} />;
  if (end) return <Ended key={end.challenge.id} end={end} state={state} onDone={() => model.dismiss(end)} />;
  switch (state.phase) {
    case "loading":
      return <Loading />;
    case "noStorage":
      return <Said test="no-storage" title={w.noStorage} text={w.noStorageText} />;
    case "ended":
      return <Said test="ended" title={w.sessionOver} text={w.sessionOverText} act={model.bank.signIn ? w.signIn : w.tryAgain} onAct={() => (model.bank.signIn ? model.bank.signIn() : void model.resume())} />;
    case "revoked":
      return <Said test="revoked" title={w.revoked} text={w.revokedText} act={w.addAnew} onAct={() => model.forgotten()} />;
    case "enrol":
      return <Enrol model={model} lost={state.lost} />;
  }
  const first = state.challenges[0]?.hold_id;
  const asked = state.challenges.filter((c) => c.hold_id === first), others = new Set(state.challenges.map((c) => c.hold_id)).size - 1;
  if (first) return <Ask key={first} asked={asked} model={model} more={others} onStop={() => go("stop")} />;
  if (!state.looked) return <Loading />;
  if (place === "log") return <Log model={model} onBack={home} />;
  if (place === "check") return <Check model={model} onBack={home} />;
  if (place === "contacts") return <Contacts model={model} onBack={home} />;
  if (place === "locks") return <Locks model={model} onBack={home} />;
  if (place === "devices") return <Devices model={model} onBack={home} />;
  if (place === "stopped") return <WhatIsStopped model={model} onBack={home} />;
  return <Home model={model} state={state} onGo={go} />;
}

const answers: Record<string, Answer> = { approved: "approve", refused: "deny", not_me: "not_me" };

/** What became of a question. */
function Ended({ end: told, state, onDone }: { end: End; state: State; onDone: () => void }) {
  const w = useWords(words);
  const mine: Record<string, string> = { approve: w.approved, deny: w.denied, not_me: w.reported };
  const outcomes = state.outcomes.filter((o) => o.hold_id === told.challenge.hold_id);
  // Who was away when it was answered, or whose clock is behind, learns from the
  // decision what was.
  const reason = outcomes[0]?.reason ?? "", answer = answers[reason];
  const late = reason === "deadline" && (told.how === "decided" || told.how === "cancelled");
  const end: End = late ? { ...told, how: "expired" } : told.how === "decided" && answer ? { ...told, how: "elsewhere", answer } : told;
  const texts: Record<End["how"], [string, string]> = {
    answered: [mine[end.answer ?? ""] ?? w.decided, outcomes.length ? "" : w.answeredText],
    elsewhere: [w.elsewhere[end.answer ?? ""] ?? w.decided, w.elsewhereText],
    decided: [w.decided, outcomes.length ? "" : w.decidedText],
    gone: [w.decided, ""],
    expired: [w.expired, outcomes.length ? "" : w.expiredText],
    cancelled: [w.cancelled, w.cancelledText],
  };
  const [title, text] = texts[end.how];
  return (
    <View test={`ended-${end.how}`} title={title} tall>
      {text && <Notice tone="info">{text}</Notice>}
      <Outcomes outcomes={outcomes} />
      <Button kind="primary" wide onClick={onDone} data-test="done">{w.done}</Button>
    </View>
  );
}

/** Says in a notification that something is asked, while the page is hidden. */
function Notifier({ waiting }: { waiting: number }) {
  const w = useWords(words);
  const before = useRef(0);
  useEffect(() => {
    if (waiting > before.current && document.hidden && "Notification" in window && Notification.permission === "granted") {
      try {
        new Notification(w.notice);
      } catch {
        // Some phones' browsers let service workers notify and pages not.
      }
    }
    before.current = waiting;
  }, [waiting, w]);
  return null;
}
