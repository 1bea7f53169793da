// Languages. The console and the development stack's pages have English and Simplified
// Chinese in themselves; the customers' app is told its sentences (texts.tsx), in any
// language that the bank has. What others wrote stays as it is.
import { createContext, useContext, useEffect, type ReactNode } from "react";
import { Section, type Texts } from "./texts";

export const locales = ["en", "zh-Hans"] as const;
export type Locale = (typeof locales)[number];

/** The language to use for a BCP 47 tag where there are two: Chinese for every zh, else English. */
export const localeOf = (tag: string | undefined): Locale => (tag?.toLowerCase().startsWith("zh") ? "zh-Hans" : "en");

/** The browser's own, unless ?lang= says otherwise. */
export const browserTag = () => new URLSearchParams(location.search).get("lang") ?? navigator.language;
export const browserLocale = (): Locale => localeOf(browserTag());

const Context = createContext<{ locale: string; texts?: Texts }>({ locale: "en" });

export function LocaleProvider({ locale, texts, children }: { locale: string; texts?: Texts; children: ReactNode }) {
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return <Context.Provider value={{ locale, texts }}>{children}</Context.Provider>;
}

export const useLocale = () => useContext(Context).locale;

/** A dictionary has the same sentences in each language: the compiler sees to it. */
export type Words<T> = { en: T; "zh-Hans": T };

export function useWords<T>(words: Words<T> | Section<T>): T {
  const { locale, texts } = useContext(Context);
  if (!(words instanceof Section)) return words[localeOf(locale)];
  return texts ? words.of(texts, locale) : words.without[localeOf(locale)];
}
