// What happens in the queue, as it happens: server-sent events, and a look every
// 15 s so that nothing depends on them.
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { reply, type Schemas } from "../sdk/api";
import { setClock } from "../base/clock";
import { api, useSession } from "./session";

type Stats = Schemas["QueueStats"];
export type Live = { pulse: number; stats: Stats | null; cut: boolean };

const Context = createContext<Live>({ pulse: 0, stats: null, cut: false });
export const useLive = () => useContext(Context);

const pollEvery = 15_000, tryAgain = 5_000, patience = 6_000; // ms; a stream ends every 5 min and comes back at once

export function LiveProvider({ children }: { children: ReactNode }) {
  const { session, ended } = useSession();
  const here = session !== null && !ended, on = here && (session.role === "agent" || session.role === "supervisor");
  const counter = here && session.role === "branch";
  const [live, set] = useState<Live>({ pulse: 0, stats: null, cut: false });
  // A clerk follows no queue: their one case is read anew now and then.
  useEffect(() => {
    if (!counter) return;
    const timer = setInterval(() => set((l) => ({ ...l, pulse: l.pulse + 1 })), tryAgain);
    return () => clearInterval(timer);
  }, [counter]);
  useEffect(() => {
    if (!on) return;
    let source: EventSource, later = 0, gone = 0;
    const beat = () => set((l) => ({ ...l, pulse: l.pulse + 1 }));
    const heard = (stats: Stats) => {
      setClock(stats.now);
      set((l) => ({ ...l, stats }));
    };
    const poll = async () => {
      try {
        heard(await reply(api.GET("/v1/callbacks/stats")));
      } catch {
        // The views say what is wrong.
      }
      beat();
    };
    const connect = () => {
      source = new EventSource("/console/v1/callbacks/events");
      source.onopen = () => {
        clearTimeout(gone);
        gone = 0;
        set((l) => ({ ...l, cut: false, pulse: l.pulse + 1 }));
      };
      source.onerror = () => {
        gone ||= window.setTimeout(() => set((l) => ({ ...l, cut: true })), patience);
        if (source.readyState !== EventSource.CLOSED) return; // the browser tries by itself
        clearTimeout(later);
        later = window.setTimeout(connect, tryAgain);
      };
      source.addEventListener("case", beat);
      source.addEventListener("stats", (e) => heard(JSON.parse((e as MessageEvent<string>).data)));
    };
    connect();
    // A page that is kept for the way back would keep its stream, of which a
    // browser has six.
    const hide = () => source.close();
    const show = (e: PageTransitionEvent) => e.persisted && connect();
    addEventListener("pagehide", hide);
    addEventListener("pageshow", show);
    const timer = setInterval(poll, pollEvery);
    return () => {
      source.close();
      removeEventListener("pagehide", hide);
      removeEventListener("pageshow", show);
      clearTimeout(later);
      clearTimeout(gone);
      clearInterval(timer);
      set((l) => ({ ...l, cut: false })); // the end of the session says enough
    };
  }, [on]);
  return <Context.Provider value={live}>{children}</Context.Provider>;
}
