// What is asked of each kind of lock.
import { useState } from "react";
import { Field } from "../base/parts";
import { currencies, plainAmount, toMinor } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { LockWish } from "../sdk";
import type { Schemas } from "../sdk/api";
import { clockOf, countryName, lockWords, spanOf } from "./lockwords";

/** whole: all is there that this kind needs. */
type Props = { wish: LockWish; devices: Schemas["Device"][]; onChange: (l: LockWish, whole: boolean) => void };

export function Fields(p: Props) {
  switch (p.wish.kind) {
    case "places":
      return <Places {...p} />;
    case "hours":
      return <Hours {...p} />;
    case "limit":
      return <Limit {...p} />;
    case "new_payees":
      return <NewPayees {...p} />;
    case "ways":
      return <Ways {...p} />;
    case "devices":
      return <Devices {...p} />;
  }
}

/** One that can be pressed anywhere, also by a hand that is not steady. */
export const Choice = ({ type, name, on, label, onChange, test }: { type: "radio" | "checkbox"; name: string; on: boolean; label: string; onChange: (on: boolean) => void; test: string }) => (
  <label className="choice">
    <input type={type} name={name} checked={on} onChange={(e) => onChange(e.target.checked)} data-test={test} />
    <bdi>{label}</bdi>
  </label>
);

/** Which of some pass. */
function Some<T extends string>({ title, all, chosen, label, onChange }: { title: string; all: readonly T[]; chosen: T[]; label: (x: T) => string; onChange: (l: T[]) => void }) {
  return (
    <fieldset className="stack">
      <legend><strong>{title}</strong></legend>
      {all.map((x) => <Choice key={x} type="checkbox" name={x} on={chosen.includes(x)} label={label(x)} onChange={(on) => onChange(on ? [...chosen, x] : chosen.filter((o) => o !== x))} test={`lock-of-${x}`} />)}
    </fieldset>
  );
}

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const noCountries = new Set(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"]);

/** All that have a name, in the order of their names; of a code that was renamed, the new one. */
function allCountries(locale: string): [string, string][] {
  const named = letters.flatMap((a) => letters.map((b) => a + b)).flatMap((c): [string, string][] => {
    const name = noCountries.has(c) || Intl.getCanonicalLocales(`und-${c}`)[0] !== `und-${c}` ? undefined : countryName(c, locale);
    return name ? [[c, name]] : [];
  });
  return named.sort((a, b) => a[1].localeCompare(b[1], locale));
}

function Places({ wish, onChange }: Props) {
  const w = useWords(lockWords), locale = useLocale(), chosen = wish.countries ?? [];
  const [shown, show] = useState(chosen), [all] = useState(() => allCountries(locale));
  const set = (countries: string[]) => onChange({ ...wish, countries }, countries.length > 0);
  const add = (c: string) => {
    show([...shown, c]);
    set([...chosen, c]);
  };
  return (
    <>
      <Some title={w.passes} all={shown} chosen={chosen} label={(c) => (c === "home" ? w.home : (countryName(c, locale) ?? c))} onChange={set} />
      <Field label={w.addCountry}>
        <select value="" onChange={(e) => add(e.target.value)} data-test="lock-country">
          <option value="" disabled>{w.choose}</option>
          {all.map(([c, name]) => !shown.includes(c) && <option key={c} value={c}>{name}</option>)}
        </select>
      </Field>
    </>
  );
}

const minuteOf = (clock: string) => parseInt(clock, 10) * 60 + parseInt(clock.slice(3), 10);

function Hours({ wish, onChange }: Props) {
  const w = useWords(lockWords);
  const [from, setFrom] = useState(clockOf(wish.from ?? 0)), [to, setTo] = useState(clockOf(wish.to ?? 0));
  const set = (f: string, t: string) => {
    setFrom(f);
    setTo(t);
    onChange({ ...wish, from: minuteOf(f), to: minuteOf(t) }, !!f && !!t && f !== t);
  };
  return (
    <>
      <Field label={w.from}><input type="time" value={from} onChange={(e) => set(e.target.value, to)} data-test="lock-from" /></Field>
      <Field label={w.to} hint={w.midnight}><input type="time" value={to} onChange={(e) => set(from, e.target.value)} data-test="lock-to" /></Field>
    </>
  );
}

/** Caps for one kind of payment alone, which the bank may have set, stay as they are. */
function Limit({ wish, onChange }: Props) {
  const w = useWords(lockWords), locale = useLocale();
  const caps = wish.caps ?? [], others = caps.filter((c) => c.kind);
  const was = (per: "payment" | "day") => {
    const c = caps.find((x) => !x.kind && x.per === per);
    return c ? plainAmount({ minor: c.minor, currency: wish.currency! }) : "";
  };
  const [payment, setPayment] = useState(() => was("payment")), [day, setDay] = useState(() => was("day"));
  const set = (p: string, d: string, currency: string) => {
    setPayment(p);
    setDay(d);
    const said = ([["payment", p], ["day", d]] as const).filter(([, text]) => text.trim()).map(([per, text]) => ({ per, minor: toMinor(text, currency) }));
    const good = said.flatMap((c) => (c.minor === undefined ? [] : [{ per: c.per, minor: c.minor }]));
    onChange({ ...wish, currency, caps: [...good, ...others] }, good.length === said.length && good.length + others.length > 0);
  };
  const currency = wish.currency ?? "EUR", [names] = useState(() => new Intl.DisplayNames(locale, { type: "currency" }));
  return (
    <>
      <Field label={w.perPayment} hint={w.amountHint}><input inputMode="decimal" autoComplete="off" maxLength={12} value={payment} onChange={(e) => set(e.target.value, day, currency)} data-test="lock-payment" /></Field>
      <Field label={w.perDay} hint={w.amountHint}><input inputMode="decimal" autoComplete="off" maxLength={12} value={day} onChange={(e) => set(payment, e.target.value, currency)} data-test="lock-day" /></Field>
      <Field label={w.currency}>
        <select value={currency} onChange={(e) => set(payment, day, e.target.value)} data-test="lock-currency">
          {currencies.map((c) => <option key={c} value={c}>{c} · {names.of(c)}</option>)}
        </select>
      </Field>
    </>
  );
}

const waits = [24, 72, 168]; // hours

function NewPayees({ wish, onChange }: Props) {
  const w = useWords(lockWords), locale = useLocale(), now = wish.wait ? parseInt(wish.wait, 10) : 0;
  const [all] = useState(() => [0, ...new Set([...waits, now].filter((h) => h > 0).sort((a, b) => a - b))]);
  return (
    <fieldset className="stack">
      <legend><strong>{w.passes}</strong></legend>
      {all.map((h) => (
        <Choice key={h} type="radio" name="wait" on={h === now} label={h ? w.after(spanOf(h * 3600, locale)) : w.nobodyNew} onChange={() => onChange({ ...wish, wait: h ? `${h}h0m0s` : undefined }, true)} test={`lock-wait-${h}`} />
      ))}
    </fieldset>
  );
}

const ways = ["card_present", "card_online", "atm", "transfer", "cross_border"] as const;

function Ways({ wish, onChange }: Props) {
  const w = useWords(lockWords);
  return <Some title={w.passes} all={ways} chosen={wish.ways ?? []} label={(x) => w.way[x]!} onChange={(l) => onChange({ ...wish, ways: l }, l.length > 0)} />;
}

function Devices({ wish, devices, onChange }: Props) {
  const w = useWords(lockWords), chosen = wish.devices ?? [];
  const [gone] = useState(() => chosen.filter((id) => !devices.some((d) => d.id === id)));
  return <Some title={w.passes} all={[...devices.map((d) => d.id), ...gone]} chosen={chosen} label={(id) => devices.find((d) => d.id === id)?.name ?? w.goneDevice} onChange={(l) => onChange({ ...wish, devices: l }, l.length > 0)} />;
}
