// What the app says of locks, and of what is in one.
import { money } from "../base/format";
import { counted, said, section } from "../base/texts";
import type { Lock } from "../sdk";

export const lockWords = section("locks.", {
  active: counted,
  coming: counted,
  only: said("list"),
  between: said("from", "to"),
  capPayment: said("amount"),
  capDay: said("amount"),
  capOf: said("what", "cap"),
  after: said("t"),
  since: said("at"),
  comesOn: said("at"),
  waits: said("t"),
  soonest: said("t"),
});
type Words = ReturnType<typeof lockWords.of>;

/** "18:30" of minutes of a day. */
export const clockOf = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** "Germany" for DE; nothing for what is no country. */
export const countryName = (code: string, locale: string) => new Intl.DisplayNames(locale, { type: "region", fallback: "none" }).of(code);

/** "3 days", in the reader's words. */
export function spanOf(seconds: number, locale: string): string {
  const [unit, size] = ([["day", 86_400], ["hour", 3600], ["minute", 60]] as const).find(([, s]) => seconds >= s && seconds % s === 0) ?? ["second", 1];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

/** What a lock lets pass, one sentence each. devices are names by id. */
export function lockSays(l: Lock, w: Words, locale: string, devices: Record<string, string>): string[] {
  const list = (of: string[]) => (of.length ? [w.only(new Intl.ListFormat(locale).format(of))] : [w.none]);
  switch (l.kind) {
    case "places":
      return list((l.countries ?? []).map((c) => countryName(c, locale) ?? c));
    case "hours":
      return [w.between(clockOf(l.from ?? 0), clockOf(l.to ?? 0))];
    case "limit":
      return (l.caps ?? []).map((c) => {
        const said = (c.per === "day" ? w.capDay : w.capPayment)(money({ minor: c.minor, currency: l.currency ?? "" }, locale));
        return c.kind ? w.capOf(w.of[c.kind]!, said) : said;
      });
    case "new_payees":
      return [l.wait ? w.after(spanOf(parseInt(l.wait, 10) * 3600, locale)) : w.nobodyNew];
    case "ways":
      return list((l.ways ?? []).map((x) => w.way[x]!));
    case "devices":
      return list((l.devices ?? []).map((d) => devices[d] ?? w.goneDevice));
  }
}
