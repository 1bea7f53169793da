// What an agent chose for this browser: language, theme, keys. Nothing of a case.
import { useSyncExternalStore } from "react";
import { browserLocale, type Locale } from "../base/locale";

export type Settings = { locale: Locale; theme: "system" | "light" | "dark"; keys: boolean };

const place = "holdfast.console";
const listeners = new Set<() => void>();
let settings = read();

function read(): Settings {
  let kept: Partial<Settings> = {};
  try {
    kept = JSON.parse(localStorage.getItem(place) ?? "{}");
  } catch {
    // Somebody else's words, or no storage: the defaults do.
  }
  const asked = new URLSearchParams(location.search).has("lang");
  return { locale: (!asked && kept.locale) || browserLocale(), theme: kept.theme ?? "system", keys: kept.keys ?? true };
}

function show() {
  if (settings.theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = settings.theme;
}
show();

export function choose(change: Partial<Settings>) {
  settings = { ...settings, ...change };
  show();
  try {
    localStorage.setItem(place, JSON.stringify(settings));
  } catch {
    // It lasts as long as the page.
  }
  listeners.forEach((tell) => tell());
}

// What is chosen in another window holds here as well.
addEventListener("storage", (e) => {
  if (e.key !== place) return;
  settings = read();
  show();
  listeners.forEach((tell) => tell());
});

const subscribe = (tell: () => void) => {
  listeners.add(tell);
  return () => void listeners.delete(tell);
};

export const useSettings = () => useSyncExternalStore(subscribe, () => settings);
export const readIn = () => settings.locale;
export const keysOn = () => settings.keys;
