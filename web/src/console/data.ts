// Reading from the API: one request at a time, anew when told, never twice at once.
import { useCallback, useEffect, useRef, useState } from "react";
import { Refused } from "../sdk/api";
import { useSettings } from "./settings";

export type Fetched<T> = { data: T | undefined; error: Refused | null; again: () => void };

const gap = 1000; // between two readings of the same, ms

/** Reads now, when `deps` change (from nothing), and when `pulse` or the language does (over what there is). */
export function useFetched<T>(read: () => Promise<T>, deps: unknown[], pulse: number = 0): Fetched<T> {
  const [got, set] = useState<{ data?: T; error: Refused | null }>({ error: null });
  const run = useRef({ busy: false, wanted: false, round: 0, at: 0 });
  const latest = useRef(read), { locale } = useSettings();
  latest.current = read;
  const again = useCallback(async () => {
    const r = run.current;
    r.wanted = true;
    if (r.busy) return;
    r.busy = true;
    while (r.wanted) {
      await new Promise((ok) => setTimeout(ok, Math.max(0, r.at + gap - Date.now())));
      r.wanted = false;
      r.at = Date.now();
      const round = r.round;
      try {
        const data = await latest.current();
        if (round === r.round) set({ data, error: null });
      } catch (e) {
        const error = e instanceof Refused ? e : new Refused(null);
        if (round === r.round) set((was) => ({ data: was.data, error }));
      }
    }
    r.busy = false;
  }, []);
  useEffect(() => {
    run.current.round++;
    run.current.at = 0;
    set({ error: null });
    void again();
  }, deps);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) void again();
    first.current = false;
  }, [pulse, locale, again]);
  return { data: got.data, error: got.error, again };
}
