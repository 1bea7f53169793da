// Money and times, through Intl. Money comes in minor units, times as RFC 3339.
import type { Locale } from "./locale";

export type Money = { minor: number; currency: string };

const digits = (currency: string) => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** "€1,250.00"; JPY has no decimals, KWD three. */
export function money(m: Money, locale: Locale): string {
  const d = digits(m.currency);
  // The string form keeps every digit: a float would not, above 2^53.
  const s = String(m.minor).padStart(d + 1, "0");
  const value = d === 0 ? s : `${s.slice(0, -d)}.${s.slice(-d)}`;
  return new Intl.NumberFormat(locale, { style: "currency", currency: m.currency, minimumFractionDigits: d }).format(value as unknown as number);
}

export const time = (at: string, locale: Locale, timeZone?: string) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));

export const dateTime = (at: string, locale: Locale, timeZone?: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(at));

export const date = (at: string, locale: Locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(at));

/** Time left in words of two units at most: "2 h 05 min", "4:09" below an hour; "0:00" when over. */
export function left(ms: number, locale: Locale): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  const h = Math.floor(s / 3600), m = Math.floor((s % 3600) / 60);
  if (h < 48) return locale === "en" ? `${h} h ${two(m)} min` : `${h} 小时 ${two(m)} 分`;
  return locale === "en" ? `${Math.floor(h / 24)} days` : `${Math.floor(h / 24)} 天`;
}

/** A language's name in the reader's language: "German" for "de". */
export const languageName = (code: string, locale: Locale) => new Intl.DisplayNames(locale, { type: "language", fallback: "code" }).of(code) ?? code;
