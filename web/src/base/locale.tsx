// Languages: English and Simplified Chinese. The reader's language is theirs
// alone; what others wrote stays as it is.
import { createContext, useContext, useEffect, type ReactNode } from "react";

export const locales = ["en", "zh-Hans"] as const;
export type Locale = (typeof locales)[number];

/** The language to use for a BCP 47 tag: Chinese for every zh, else English. */
export const localeOf = (tag: string | undefined): Locale => (tag?.toLowerCase().startsWith("zh") ? "zh-Hans" : "en");

/** The browser's own, unless ?lang= says otherwise. */
export const browserLocale = (): Locale => localeOf(new URLSearchParams(location.search).get("lang") ?? navigator.language);

const Context = createContext<Locale>("en");

export function LocaleProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return <Context.Provider value={locale}>{children}</Context.Provider>;
}

export const useLocale = () => useContext(Context);

/** A dictionary has the same sentences in each language: the compiler sees to it. */
export type Words<T> = { en: T; "zh-Hans": T };

export const useWords = <T,>(words: Words<T>): T => words[useLocale()];
