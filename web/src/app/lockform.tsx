// One lock: what is to pass. What is stricter counts as it is sent; of what loosens, the
// page says first how long it waits and whom we tell, and this device vouches for it.
import { useState } from "react";
import { Button, Field, Notice } from "../base/parts";
import { useLocale, useWords } from "../base/locale";
import type { Locks, LockState, LockWish } from "../sdk";
import { Refused, type Schemas } from "../sdk/api";
import { View } from "./frame";
import { Choice, Fields } from "./lockfields";
import { lockWords, spanOf } from "./lockwords";
import type { Model } from "./model";
import { words } from "./words";

type Props = { model: Model; state: LockState; seconds: number; devices: Schemas["Device"][]; onBack: () => void; onDone: (l: Locks) => void };

export function LockForm({ model, state, seconds, devices, onBack, onDone }: Props) {
  const w = useWords(lockWords), s = useWords(words), locale = useLocale(), { kind, lock } = state;
  const [wish, set] = useState<LockWish>(() => begin(state, model.state.device?.id)), [weaker, ask] = useState<{ wish?: LockWish }>();
  const [wrong, say] = useState(""), [busy, work] = useState(false), [ready, complete] = useState(!!lock || (kind !== "limit" && (kind !== "devices" || !!model.state.device)));
  const wait = spanOf(seconds, locale);
  const send = async () => {
    if (!ready) return say(w.incomplete);
    work(true);
    say("");
    try {
      return onDone(await model.client.putLock(kind, wish));
    } catch (e) {
      const code = e instanceof Refused ? e.code : "";
      if (code === "proof_missing") ask({ wish });
      else say(w.refusals[code] ?? w.refused);
    }
    work(false);
  };
  if (weaker) return <Loosen model={model} state={state} wish={weaker.wish} wait={wait} onBack={() => ask(undefined)} onDone={onDone} />;
  return (
    <View test="lock-form" title={w.kind[kind]!} onSubmit={() => void send()}>
      <p>{w.about[kind]}</p>
      <Fields wish={wish} devices={devices} onChange={(l, whole) => { set(l); complete(whole); say(""); }} />
      <fieldset className="stack">
        <legend><strong>{w.otherwise}</strong></legend>
        {(["refuse", "ask"] as const).map((a) => (
          <Choice key={a} type="radio" name="action" on={wish.action === a} label={w.action[a]!} onChange={() => set({ ...wish, action: a })} test={`lock-${a}`} />
        ))}
      </fieldset>
      <p className="muted">{w.soonest(wait)}</p>
      {wrong && <Notice tone="warn" urgent><span data-test="lock-wrong">{wrong}</span></Notice>}
      <Button type="submit" kind="primary" wide busy={busy} data-test="lock-do">{w.save}</Button>
      {lock && <Button wide onClick={() => { say(""); ask({}); }} data-test="lock-off">{w.takeOff}</Button>}
      <Button wide onClick={onBack} data-test="back">{s.back}</Button>
    </View>
  );
}

/** As the lock stands; of a new one, what a customer most likely wants. */
function begin({ kind, lock }: LockState, me: string | undefined): LockWish {
  if (lock) {
    const { since: _, ...wish } = lock;
    return wish;
  }
  const all = { kind, action: "refuse" } as const;
  switch (kind) {
    case "places":
      return { ...all, countries: ["home"] };
    case "hours":
      return { ...all, from: 7 * 60, to: 22 * 60 };
    case "limit":
      return { ...all, currency: "EUR", caps: [] };
    case "ways":
      return { ...all, ways: ["card_present", "atm", "transfer"] };
    case "new_payees":
      return { ...all, wait: "24h0m0s" };
    case "devices":
      return { ...all, devices: me ? [me] : [] };
  }
}

/** Before a lock becomes weaker: how long that takes, whom we tell, and the PIN. */
function Loosen({ model, state, wish, wait, onBack, onDone }: { model: Model; state: LockState; wish: LockWish | undefined; wait: string; onBack: () => void; onDone: (l: Locks) => void }) {
  const w = useWords(lockWords), s = useWords(words), me = model.state.device;
  const [pin, setPIN] = useState(""), [error, fail] = useState(""), [wrong, say] = useState(""), [busy, work] = useState(false);
  const send = async () => {
    work(true);
    say("");
    fail("");
    try {
      const checked = await model.pin(pin);
      setPIN("");
      if (checked.ok) return onDone(await model.client.loosenLock(me!, state.kind, wish));
      if (checked.left === 0) return model.forgotten("pin");
      fail(s.pinWrong(checked.left));
    } catch (e) {
      say(w.refusals[e instanceof Refused ? e.code : ""] ?? w.refused);
    }
    work(false);
  };
  return (
    <View test="lock-loosen" title={wish ? w.weaker : w.takeOff} onSubmit={() => void send()}>
      <p>{w.waits(wait)}</p>
      <h2>{w.toldTitle}</h2>
      <p>{w.told}</p>
      <p>{w.stoppable}</p>
      {!me?.pin && <Notice tone="info">{w.noDevice}</Notice>}
      {me?.pin && (
        <Field label={s.pinAsk} error={error}>
          <input type="password" inputMode="numeric" autoComplete="off" maxLength={8} value={pin} onChange={(e) => setPIN(e.target.value.replace(/\D/g, ""))} data-test="lock-pin" />
        </Field>
      )}
      {wrong && <Notice tone="warn" urgent><span data-test="lock-wrong">{wrong}</span></Notice>}
      {me?.pin && <Button type="submit" kind="primary" wide busy={busy} data-test="lock-loosen-do">{w.loosen}</Button>}
      <Button wide onClick={onBack} data-test="back">{s.back}</Button>
    </View>
  );
}
