// The locks on the customer's own payments: what is in force, what comes, and how that is stopped.
import { useEffect, useState } from "react";
import { Button, Loading, Notice, Status, type Tone } from "../base/parts";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Locks as All, LockKind, LockState } from "../sdk";
import { Refused } from "../sdk/api";
import { View } from "./frame";
import { useList } from "./list";
import { LockForm } from "./lockform";
import { lockSays, lockWords } from "./lockwords";
import type { Model } from "./model";
import { words } from "./words";

/** A change is said on the list, to which it leads back. */
export function Locks({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(lockWords), s = useWords(words), locale = useLocale();
  const { list: loaded, failed, reload } = useList(() => model.client.locks());
  const { list: devices, failed: unnamed } = useList(() => model.client.devices());
  const [changed, set] = useState<All>(), [said, say] = useState<{ tone: Tone; text: string }>(), [kind, open] = useState<LockKind>(), [busy, work] = useState("");
  const all = changed ?? loaded;
  useEffect(() => set(undefined), [loaded]);
  const stop = async (k: LockKind) => {
    work(k);
    try {
      set(await model.client.stopLock(k));
      say({ tone: "good", text: w.stopped });
    } catch (e) {
      const code = e instanceof Refused ? e.code : "";
      if (code === "lock_counts") reload();
      say({ tone: "warn", text: w.refusals[code] ?? w.refused });
    }
    work("");
  };
  const done = (locks: All, k: LockKind) => {
    const coming = locks.locks.find((l) => l.kind === k)?.coming;
    set(locks);
    say(coming ? { tone: "info", text: w.comesOn(dateTime(coming.from, locale)) } : { tone: "good", text: w.counts });
    open(undefined);
  };
  const names = Object.fromEntries((devices ?? []).map((d) => [d.id, d.name]));
  const one = all?.locks.find((l) => l.kind === kind);
  if (all && one && (devices || kind !== "devices")) return <LockForm key={kind} model={model} state={one} seconds={all.loosening_seconds} devices={(devices ?? []).filter((d) => !d.revoked_at)} onBack={() => open(undefined)} onDone={(l) => done(l, one.kind)} />;
  return (
    <View test="locks-view" title={w.title}>
      <p>{w.text}</p>
      {said && <Notice tone={said.tone} urgent><span data-test="lock-said">{said.text}</span></Notice>}
      {(failed || unnamed) && <Notice tone="warn">{s.failed}</Notice>}
      {!all && !failed && <Loading />}
      <ul className="list">
        {all?.locks.map((l) => (
          <li key={l.kind} data-lock={l.kind} data-on={!!l.lock}>
            <span className="row apart">
              <h2>{w.kind[l.kind]}</h2>
              {l.lock ? <Status tone="good">{w.on}</Status> : <Status tone="quiet">{w.off}</Status>}
            </span>
            <InForce l={l} names={names} />
            {l.coming && (
              <Notice tone="warn" title={w.comesOn(dateTime(l.coming.from, locale))}>
                <p>{l.coming.lock ? w.becomes : w.taken}</p>
                {l.coming.lock && <Says lock={l.coming.lock} names={names} />}
                <p className="muted">{w.askedBy[l.coming.by]}</p>
                <Button wide busy={busy === l.kind} onClick={() => void stop(l.kind)} data-test="lock-stop" aria-label={`${w.stop}: ${w.kind[l.kind]}`}>{w.stop}</Button>
              </Notice>
            )}
            <Button wide onClick={() => { say(undefined); open(l.kind); }} data-test={`lock-${l.kind}`} aria-label={`${l.lock ? w.change : w.set}: ${w.kind[l.kind]}`}>{l.lock ? w.change : w.set}</Button>
          </li>
        ))}
      </ul>
      <Button wide onClick={onBack} data-test="back">{s.back}</Button>
    </View>
  );
}

function InForce({ l, names }: { l: LockState; names: Record<string, string> }) {
  const w = useWords(lockWords), locale = useLocale();
  if (!l.lock) return <p className="muted">{w.about[l.kind]}</p>;
  return (
    <>
      <Says lock={l.lock} names={names} />
      <p className="muted">{l.from && w.since(dateTime(l.from, locale))} {l.by && w.setBy[l.by]}</p>
    </>
  );
}

function Says({ lock, names }: { lock: NonNullable<LockState["lock"]>; names: Record<string, string> }) {
  const w = useWords(lockWords), locale = useLocale();
  return (
    <>
      {lockSays(lock, w, locale, names).map((t) => <p key={t}><bdi>{t}</bdi></p>)}
      <p>{w.else[lock.action]}</p>
    </>
  );
}

/** On the first page: how many are set, and that something comes. */
export function LocksInShort({ model, onSee }: { model: Model; onSee: () => void }) {
  const w = useWords(lockWords), { list } = useList(() => model.client.locks(), model.state.notice);
  const set = list?.locks.filter((l) => l.lock).length ?? 0, coming = list?.locks.filter((l) => l.coming).length ?? 0;
  return (
    <>
      {set > 0 && <p><Status tone="good">{w.active(set)}</Status></p>}
      {coming > 0 && (
        <Notice tone="warn" title={w.coming(coming)}>
          <p>{w.comingText}</p>
          <Button wide onClick={onSee} data-test="locks-coming">{w.look}</Button>
        </Notice>
      )}
    </>
  );
}
