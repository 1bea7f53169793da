// The sentences of the customers' app: the server has them, of the bank's files, and
// gives all of one language at once, each in the nearest language that has it.
import type { ReactNode } from "react";
import type en from "../../../locales/en/app.json";

type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;
type Text = string | Forms;
export type Texts = Record<string, Text>;
export type Spoken = { locale: string; texts: Texts };

/** Sentences by key, in the language that is nearest to a BCP 47 tag. */
export async function texts(tag: string): Promise<Spoken> {
  const reply = await fetch(`/texts/${encodeURIComponent(tag)}`);
  if (!reply.ok) throw new Error(`texts: ${reply.status}`);
  return (await reply.json()) as Spoken;
}

type Make<T> = (text: Text, locale: string) => T;
const other = (text: Text) => (typeof text === "string" ? text : text.other);
const fill = (text: string, values: Record<string, unknown>) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** A sentence with something in it: said("who") of "{who} calls". */
export const said =
  (...names: string[]): Make<(...values: (string | number)[]) => string> =>
  (text) =>
  (...values) =>
    fill(other(text), Object.fromEntries(names.map((name, i) => [name, values[i]])));

/** A sentence about n things, in the plural form that its language has for n. */
export const counted: Make<(n: number) => string> = (text, locale) => (n) =>
  fill(typeof text === "string" ? text : (text[new Intl.PluralRules(locale).select(n)] ?? text.other), { n });

/** A sentence with elements in it. */
export const parted =
  (...names: string[]): Make<(...values: ReactNode[]) => ReactNode> =>
  (text) =>
  (...values) =>
    other(text)
      .split(/(\{\w+\})/)
      .map((part) => (/^\{\w+\}$/.test(part) ? values[names.indexOf(part.slice(1, -1))] : part));

// The keys that begin with P; of those with dots, the first part has the others by the rest.
type In<F, P extends string> = {
  [K in keyof F as K extends `${P}${infer R}` ? (R extends `${string}.${string}` ? never : R) : never]: string;
} & { [K in keyof F as K extends `${P}${infer R}` ? (R extends `${infer H}.${string}` ? H : never) : never]: Record<string, string> };
type Made<P extends string, M> = Omit<In<typeof en, P>, keyof M> & { [K in keyof M]: M[K] extends Make<infer T> ? T : never };

/** The sentences of one part of the app. */
export class Section<T> {
  private last?: { texts: Texts; words: T };
  constructor(
    private prefix: string,
    private makes: Record<string, Make<unknown>>,
    readonly without: Record<"en" | "zh-Hans", T>,
  ) {}

  /** The same object for the same texts. */
  of(texts: Texts, locale: string): T {
    if (this.last?.texts !== texts) this.last = { texts, words: this.make(texts, locale) };
    return this.last.words;
  }

  private make(texts: Texts, locale: string): T {
    const words: Record<string, unknown> = {};
    for (const [key, text] of Object.entries(texts)) {
      if (!key.startsWith(this.prefix)) continue;
      const name = key.slice(this.prefix.length), dot = name.indexOf("."), make = this.makes[name];
      if (dot < 0) words[name] = make ? make(text, locale) : other(text);
      else ((words[name.slice(0, dot)] ??= {}) as Record<string, string>)[name.slice(dot + 1)] = other(text);
    }
    return words as T;
  }
}

const nowhere = new Proxy({}, { get: () => { throw new Error("these sentences are the app's"); } });

/** Sentences whose keys begin with prefix. makes are those that are functions; without is for pages that are told none. */
export const section = <P extends string, M extends Record<string, Make<unknown>>>(prefix: P, makes: M, without: Record<"en" | "zh-Hans", Made<P, M>> = nowhere as never) =>
  new Section<Made<P, M>>(prefix, makes, without);
