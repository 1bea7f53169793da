// "Stop everything": the button, the page that says what it does, and what it did.
import { useEffect, useState } from "react";
import { Button, Icon, Loading, Notice } from "../base/parts";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Emergency } from "../sdk";
import { emergencyWords } from "./emergencywords";
import { View } from "./frame";
import { useList } from "./list";
import type { Model } from "./model";
import { words } from "./words";

/** The way to the page that stops everything; it does nothing by itself. */
export const StopButton = ({ onClick }: { onClick: () => void }) => (
  <Button wide className="stop-all" onClick={onClick} data-test="stop-all">
    <Icon tone="bad" />
    {useWords(emergencyWords).button}
  </Button>
);

const doubleTap = 700; // ms

/** Says what it does and what goes on, before it does it. It can be pressed although that cannot be loaded. */
export function StopEverything({ model, onBack, onDone }: { model: Model; onBack: () => void; onDone: () => void }) {
  const w = useWords(emergencyWords), s = useWords(words);
  const { list: now, failed: unknown } = useList(() => model.client.emergency());
  const [early, set] = useState(true), [busy, work] = useState(false), [failed, fail] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(false), doubleTap);
    return () => clearTimeout(timer);
  }, []);
  const stop = () => {
    work(true);
    fail(false);
    model.stopEverything().then(onDone, () => {
      fail(true);
      work(false);
    });
  };
  return (
    <View test="stop-all-sure" title={w.title}>
      <p>{w.text}</p>
      <h2>{w.does}</h2>
      <ul className="reasons">
        {[w.payments, w.out, w.may, w.locks, w.call].map((t) => <li key={t}>{t}</li>)}
      </ul>
      {now ? <GoesOn on={now.goes_on} /> : unknown ? <Notice tone="info">{w.goesUnknown}</Notice> : <Loading />}
      <h2>{w.again}</h2>
      <p>{w.againText}</p>
      {failed && <Notice tone="warn" urgent>{w.failed}</Notice>}
      <Button kind="danger" wide disabled={early} busy={busy} onClick={stop} data-test="stop-all-do">{w.do}</Button>
      <Button wide onClick={onBack} data-test="back">{s.back}</Button>
    </View>
  );
}

function GoesOn({ on }: { on: Emergency["goes_on"] }) {
  const w = useWords(emergencyWords);
  return (
    <>
      <h2>{w.goes}</h2>
      {on.length === 0 ? <p>{w.goesNone}</p> : <ul className="reasons" data-test="goes-on">{on.map((k) => <li key={k}>{w.goesOn[k]}</li>)}</ul>}
    </>
  );
}

/** What stands, as the bank has it now. */
export function WhatIsStopped({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(emergencyWords), s = useWords(words);
  const { list: e, failed } = useList(() => model.client.emergency());
  if (e) return <Stopped e={e} act={s.back} onAct={onBack} />;
  return (
    <View test="stopped-view" title={w.button}>
      {failed ? <Notice tone="warn">{s.failed}</Notice> : <Loading />}
      <Button wide onClick={onBack} data-test="back">{s.back}</Button>
    </View>
  );
}

/** When everything was stopped, what that did, what goes on, and how it is opened again. */
export function Stopped({ e, act, onAct }: { e: Emergency; act: string; onAct: () => void }) {
  const w = useWords(emergencyWords), locale = useLocale(), d = e.did;
  const did: [number, (n: number) => string][] = d ? [[d.held, w.didHeld], [d.approvals, w.didApprovals], [d.questions, w.didQuestions], [d.sessions, w.didSessions], [d.devices, w.didDevices], [d.loosenings, w.didLoosenings]] : [];
  return (
    <View test="stopped" title={e.stopped ? w.stopped : w.never}>
      {e.stopped && <p>{e.text ?? w.stoppedText}</p>}
      {e.stopped_at && <p><strong>{w.since(dateTime(e.stopped_at, locale))}</strong> {e.route && w.by[e.route]}</p>}
      {e.ended_at && <p>{w.over(dateTime(e.ended_at, locale))}</p>}
      {did.some(([n]) => n > 0) && (
        <>
          <h2>{w.did}</h2>
          <ul className="reasons" data-test="stop-did">{did.map(([n, say], i) => n > 0 && <li key={i}>{say(n)}</li>)}</ul>
        </>
      )}
      {e.stopped && (
        <>
          <GoesOn on={e.goes_on} />
          <h2>{w.again}</h2>
          <p>{w.againText}</p>
        </>
      )}
      <Button kind="primary" wide onClick={onAct} data-test="stopped-act">{act}</Button>
    </View>
  );
}
