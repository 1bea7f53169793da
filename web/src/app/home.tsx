// When nothing is asked: what was decided, help, the log, the devices.
import { useState } from "react";
import { Button, Notice, Status } from "../base/parts";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Outcome } from "../sdk";
import { Over } from "./bar";
import { checkWords } from "./checkwords";
import { StopButton } from "./emergency";
import { emergencyWords } from "./emergencywords";
import { View } from "./frame";
import { Waits } from "./interview";
import { useList } from "./list";
import { LocksInShort } from "./locks";
import { lockWords } from "./lockwords";
import { IsIt } from "./safety";
import { byCall, type Model, type State } from "./model";
import { trust } from "./trust";
import { words } from "./words";

export type Place = "home" | "log" | "devices" | "check" | "contacts" | "locks" | "help" | "stop" | "stopped";

export function Home({ model, state, onGo }: { model: Model; state: State; onGo: (p: Place) => void }) {
  const w = useWords(words), c = useWords(checkWords), t = useWords(trust), e = useWords(emergencyWords), k = useWords(lockWords), p = state.protection;
  const { list } = useList(() => model.client.contacts()), trusts = list && list.most + list.contacts.length + (list.asked?.length ?? 0) > 0;
  const { list: last } = useList(() => model.client.emergency(), !!p), stopped = !!p && last?.stopped;
  const waits = state.waits.length > 0;
  const title = stopped ? e.stopped : p ? (p.held.length > 0 ? w.heldTitle(p.held.length) : w.noneHeldTitle) : waits ? w.waitTitle : w.nothing;
  return (
    <View test="home" title={title}>
      <p>{stopped ? e.stoppedText : p ? w.protectedText : waits ? w.waitText : w.nothingText}</p>
      <LocksInShort model={model} onSee={() => onGo("locks")} />
      <Waits waits={state.waits} model={model} />
      {state.notice && <Notice tone="info"><span data-test="notice">{state.notice.text}</span></Notice>}
      <Outcomes outcomes={state.outcomes} />
      <div className="links">
        {stopped ? <Button wide onClick={() => onGo("stopped")} data-test="what-is-stopped">{e.see}</Button> : <StopButton onClick={() => onGo("stop")} />}
        <IsIt model={model} />
        <Button wide onClick={() => onGo("check")} data-test="check">{c.title}</Button>
        <Button wide onClick={() => onGo("locks")} data-test="locks">{k.title}</Button>
        <Button wide onClick={() => onGo("log")} data-test="log">{w.log}</Button>
        <Button wide onClick={() => onGo("devices")} data-test="devices">{w.devices}</Button>
        {trusts && <Button wide onClick={() => onGo("contacts")} data-test="contacts">{t.title}</Button>}
        <Notify />
      </div>
    </View>
  );
}

export function Outcomes({ outcomes }: { outcomes: Outcome[] }) {
  const w = useWords(words), locale = useLocale();
  if (outcomes.length === 0) return null;
  return (
    <section aria-labelledby="outcomes">
      <h2 id="outcomes">{w.outcomes}</h2>
      <ul className="list" data-test="outcomes">
        {outcomes.map((o) => (
          <li key={o.hold_id} data-outcome={o.outcome}>
            <span className="row apart">
              <strong className="numbers">{money(o.amount, locale)}</strong>
              <Decided outcome={o.outcome} />
            </span>
            <bdi>{o.payee_shown}</bdi>
            <span>{o.text}</span>
            <span className="muted small">{dateTime(o.decided_at, locale)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Decided({ outcome }: { outcome: Outcome["outcome"] }) {
  const w = useWords(words);
  return outcome === "release" ? <Status tone="good">{w.released}</Status> : <Status tone="quiet">{w.reversed}</Status>;
}

/** Notifications say that there is a question, and nothing of it. */
function Notify() {
  const w = useWords(words);
  const [permission, set] = useState(() => ("Notification" in window ? Notification.permission : "denied"));
  if (permission === "denied") return null;
  if (permission === "granted") return <p className="muted">{w.notified}</p>;
  return <Button kind="quiet" wide data-test="notify" onClick={() => void Notification.requestPermission().then(set)}>{w.notify}</Button>;
}

/** What help is. The bar has the button that asks for it. */
export function Help({ call, failed, onBack, onStop }: { call: State["call"]; failed: boolean; onBack: () => void; onStop: () => void }) {
  const w = useWords(words), e = useWords(emergencyWords);
  return (
    <View test="help-view" title={w.helpTitle}>
      <p>{w.helpText}</p>
      <p><strong>{byCall(call, w.onLine, w.endOthers, w.hangUp)}</strong></p>
      {failed && <Notice tone="warn" urgent>{byCall(call, w.helpFailedOnLine, w.helpFailedCalled, w.helpFailed)}</Notice>}
      <p>{e.orElse}</p>
      <StopButton onClick={onStop} />
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
    </View>
  );
}

/** A question with one way on, before something that cannot be taken back. */
export function Sure({ title, text, what, onDo, onClose }: { title: string; text: string; what: string; onDo: () => void; onClose: () => void }) {
  const w = useWords(words);
  return (
    <Over title={title} onClose={onClose}>
      <p>{text}</p>
      <div className="actions">
        <Button onClick={onClose}>{w.back}</Button>
        <Button kind="danger" onClick={onDo} data-test="sure-do">{what}</Button>
      </div>
    </Over>
  );
}
