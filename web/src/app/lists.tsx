// The security log and the devices.
import { useState } from "react";
import { Button, Loading, Notice } from "../base/parts";
import { dateTime, money } from "../base/format";
import { Refused, type Schemas } from "../sdk/api";
import { useLocale, useWords } from "../base/locale";
import type { LogLine } from "../sdk";
import { View } from "./frame";
import { Decided, Sure } from "./home";
import { useList } from "./list";
import type { Model } from "./model";
import { words } from "./words";

export function Log({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(words), locale = useLocale();
  const { list, failed } = useList<LogLine[]>(() => model.client.log());
  const [about, ask] = useState<LogLine>(), [wrong, say] = useState("");
  const report = (l: LogLine) => {
    ask(undefined);
    model.report(l.hold_id).catch(() => say(w.helpFailed));
  };
  return (
    <View test="log-view" title={w.log}>
      {wrong && <Notice tone="warn" urgent>{wrong}</Notice>}
      {failed && <Notice tone="warn">{w.failed}</Notice>}
      {!list && !failed && <Loading />}
      {list?.length === 0 && <p>{w.logEmpty}</p>}
      <ul className="list">
        {list?.map((l, i) => (
          <li key={i} data-event={l.event}>
            <span>{l.text}</span>
            {l.amount && (
              <span className="row">
                <strong className="numbers">{money(l.amount, locale)}</strong>
                <bdi>{l.payee_shown}</bdi>
                {l.outcome && <Decided outcome={l.outcome} />}
              </span>
            )}
            <span className="row apart">
              <span className="muted small">{dateTime(l.time, locale)}</span>
              <Button kind="quiet" onClick={() => ask(l)} data-test="log-not-me">{w.logNotMe}</Button>
            </span>
            {l.recall && <Back recall={l.recall} />}
          </li>
        ))}
      </ul>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
      {about && <Sure title={w.notMeTitle} text={w.notMeText} what={w.notMeDo} onDo={() => report(about)} onClose={() => ask(undefined)} />}
    </View>
  );
}

/** How far it has come that the money is asked for again. */
function Back({ recall: r }: { recall: Schemas["AppRecall"] }) {
  const locale = useLocale();
  return (
    <div data-test="recall" data-status={r.status}>
      <Notice tone={r.status === "returned" ? "good" : r.status === "refused" || r.status === "declined" ? "warn" : "info"}>
        <p>{r.text}</p>
        <p className="row">
          {r.returned && <strong className="numbers">{money(r.returned, locale)}</strong>}
          <span className="muted small">{dateTime(r.at, locale)}</span>
        </p>
      </Notice>
    </div>
  );
}

export function Devices({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(words), locale = useLocale(), me = model.state.device;
  const { list, failed, reload } = useList<Schemas["Device"][]>(() => model.client.devices());
  const [about, ask] = useState<Schemas["Device"]>(), [said, say] = useState("");
  const remove = async (d: Schemas["Device"]) => {
    ask(undefined);
    try {
      await model.client.revoke(me!, d.id);
      say(w.removed);
      reload();
    } catch (e) {
      say(e instanceof Refused && e.code === "device_not_eligible" ? w.removeYoung : w.refused);
    }
  };
  return (
    <View test="devices-view" title={w.devices}>
      {said && <Notice tone="info" urgent>{said}</Notice>}
      {failed && <Notice tone="warn">{w.failed}</Notice>}
      {!list && !failed && <Loading />}
      <ul className="list">
        {list?.map((d) => (
          <li key={d.id} data-device={d.id}>
            <strong><bdi>{d.name}</bdi>{d.id === me?.id && ` (${w.thisOne})`}</strong>
            <span className="row apart">
              <span className="muted small">{d.revoked_at ? w.gone(dateTime(d.revoked_at, locale)) : w.since(dateTime(d.since, locale))}</span>
              {!d.revoked_at && d.id !== me?.id && me && <Button onClick={() => ask(d)} data-test="remove" aria-label={`${w.remove}: ${d.name}`}>{w.remove}</Button>}
            </span>
          </li>
        ))}
      </ul>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
      {about && <Sure title={w.removeTitle(about.name)} text={w.removeText} what={w.remove} onDo={() => void remove(about)} onClose={() => ask(undefined)} />}
    </View>
  );
}
