// Money and times, in the reader's own manner. Money comes in minor units, times as
// RFC 3339.
import iso4217 from "../../../currencies/iso4217.json";

export type Money = { minor: number; currency: string };

/** Digits by ISO 4217's list, which Go reads too; a code that is not on it has two. Intl has its own idea, of cash. */
const digits = (currency: string) => (iso4217.digits as Record<string, number>)[currency] ?? 2;

/** Every currency of the list, by code. */
export const currencies = Object.keys(iso4217.digits).sort();

/** "1250.00", to be changed in a field. */
export function plainAmount(m: Money): string {
  const d = digits(m.currency), s = String(m.minor).padStart(d + 1, "0");
  return d === 0 ? s : `${s.slice(0, -d)}.${s.slice(-d)}`.replace(/\.0+$/, "");
}

/** What was typed as an amount, in minor units; nothing where it may be read in two ways, such as 1.000. */
export function toMinor(text: string, currency: string): number | undefined {
  const d = digits(currency), [, whole = "", , part = ""] = /^\s*(\d{1,10})([.,](\d{1,4}))?\s*$/.exec(text) ?? [];
  return whole && part.length <= d ? Number(whole + part.padEnd(d, "0")) : undefined;
}

/** The reader's own tag where it is of the page's language, such as en-GB: its dates and signs are not en-US's. */
export function manner(locale: string, theirs: readonly string[] = navigator.languages): string {
  const of = locale.startsWith("zh") ? /^zh(?!-(hant|tw|hk|mo))/i : new RegExp(`^${locale.split("-")[0]}\\b`, "i");
  return theirs.find((tag) => of.test(tag)) ?? locale;
}

/** "€1,250.00"; JPY has no decimals, KWD three. */
export function money(m: Money, locale: string): string {
  const d = digits(m.currency);
  // The string form keeps every digit: a float would not, above 2^53.
  const s = String(m.minor).padStart(d + 1, "0");
  const value = d === 0 ? s : `${s.slice(0, -d)}.${s.slice(-d)}`;
  const format = { style: "currency", currency: m.currency, minimumFractionDigits: d, maximumFractionDigits: d } as const;
  return new Intl.NumberFormat(manner(locale), format).format(value as unknown as number);
}

export const time = (at: string, locale: string, timeZone?: string) =>
  new Intl.DateTimeFormat(manner(locale), { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));

export const dateTime = (at: string, locale: string, timeZone?: string) =>
  new Intl.DateTimeFormat(manner(locale), { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(at));

/** With seconds, for a trail: what came first is what it is read for. */
export const exactTime = (at: string, locale: string) => new Intl.DateTimeFormat(manner(locale), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));

export const date = (at: string, locale: string) => new Intl.DateTimeFormat(manner(locale), { dateStyle: "medium" }).format(new Date(at));

/** Time left in words of two units at most: "2 days 23 h", "2 h 05 min", "4:09" below an hour; "0:00" when over. */
export function left(ms: number, locale: string): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  const h = Math.floor(s / 3600), m = Math.floor((s % 3600) / 60), days = Math.floor(h / 24);
  if (locale !== "en" && locale !== "zh-Hans") return units(locale, h < 48 ? [[h, "hour"], [m, "minute"]] : [[days, "day"], [h % 24, "hour"]]);
  if (h < 48) return locale === "en" ? `${h} h ${two(m)} min` : `${h} 小时 ${two(m)} 分`;
  const rest = h % 24;
  if (locale === "en") return rest ? `${days} days ${rest} h` : `${days} days`;
  return rest ? `${days} 天 ${rest} 小时` : `${days} 天`;
}

/** As CLDR has it: "2 Tage 23 Std." */
const units = (locale: string, of: [number, "day" | "hour" | "minute"][]) =>
  of
    .filter(([n], i) => n || !i)
    .map(([n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: unit === "day" ? "long" : "short" }).format(n))
    .join(" ");

/** A language's name in the reader's language: "German" for "de". */
export const languageName = (code: string, locale: string) => new Intl.DisplayNames(locale, { type: "language", fallback: "code" }).of(code) ?? code;
