// One clock a page, set by the server's.
import { useEffect, useState, useSyncExternalStore } from "react";
import { now } from "../sdk/servertime";

export { now, setClock } from "../sdk/servertime";

/** The time by the server's clock, renewed every second while the page shows. */
export function useNow(everyMs = 1000): number {
  const [at, set] = useState(now);
  useEffect(() => {
    const t = setInterval(() => set(now()), everyMs);
    return () => clearInterval(t);
  }, [everyMs]);
  return at;
}

const minding = new Set<() => void>();
let ticking = 0;

const mind = (tell: () => void) => {
  minding.add(tell);
  ticking ||= window.setInterval(() => minding.forEach((f) => f()), 10_000);
  return () => {
    minding.delete(tell);
    if (minding.size > 0) return;
    clearInterval(ticking);
    ticking = 0;
  };
};

/** Minutes left, begun ones whole; 0 when over. One timer for all: a list of a thousand draws anew only what has changed. */
export const useMinutesTo = (until: string): number => useSyncExternalStore(mind, () => Math.max(0, Math.ceil((Date.parse(until) - now()) / 60_000)));
