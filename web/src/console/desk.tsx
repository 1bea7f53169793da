// The agent's desk: the one case that they have, kept while they look at other
// views, with what they typed. Nothing typed is ever thrown away by an event.
import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { now, setClock } from "../base/clock";
import { useLive } from "./live";
import { useSettings } from "./settings";
import { api, idleFor, useSession, type Case, type CaseHold, type Disposition, type Stands, type Task } from "./session";

/** What was typed and ticked for a task; it stays on this page only. */
export type Draft = { note: string; ticked: string[] };
export type Change = { from: CaseHold; to: CaseHold };
/** A payment that somebody else decided while it was worked on. */
export type Overtaken = { task: Task; decision: Schemas["Decision"] };
/** What an agent's own disposition came to. */
export type Done = { task: Task; disposition: Disposition; outcome: string; nextAt?: string; secondCalls?: boolean; spent?: boolean };

export type Desk = {
  looking: boolean; // for a case that is ours already
  shown: Case | null;
  lost: { stands: Stands | null } | null; // the case is not ours any more, or was decided elsewhere
  done: Done[]; // of this case
  nothing: boolean; // waits, when we last asked
  task: Task | null;
  error: Refused | null;
  busy: string; // what is under way
  changes: Record<string, Change>; // by hold
  overtaken: Overtaken[]; // until the agent has seen it: the work stops for so long
  draft: (id: string) => Draft;
  write: (id: string, change: Partial<Draft>) => void;
  choose: (task: string) => void;
  run: <T>(what: string, call: () => Promise<T>) => Promise<T | undefined>;
  next: () => void;
  take: (c: Case) => void;
  refresh: () => Promise<void>;
  giveBack: () => void;
  renew: () => void;
  said: (d: Done) => Promise<void>;
  seen: (hold: string) => void;
  seenOvertaken: () => void;
  clear: () => void;
};

const Context = createContext<Desk | null>(null);
export const useDesk = () => useContext(Context)!;

const callEvery = 2000, renewLook = 15_000, renewBelow = 6 * 60_000, activeWithin = 2 * 60_000; // ms

export function DeskProvider({ me, works, children }: { me: string; works: boolean; children: ReactNode }) {
  const { pulse } = useLive(), { ended } = useSession();
  const [shown, setShown] = useState<Case | null>(null);
  const [lost, setLost] = useState<Desk["lost"]>(null);
  const [done, setDone] = useState<Done[]>([]);
  const [looking, setLooking] = useState(works);
  const [nothing, setNothing] = useState(false);
  const [chosen, choose] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const [busy, setBusy] = useState("");
  const [changes, setChanges] = useState<Desk["changes"]>({});
  const [overtaken, setOvertaken] = useState<Overtaken[]>([]);
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const known = useRef(new Map<string, Task>()); // the last task about each payment of this case
  const state = useRef({ shown, lost, done });
  state.current = { shown, lost, done };

  const take = useCallback((c: Case) => {
    setClock(c.now);
    if (state.current.shown?.id !== c.id || state.current.lost) {
      setDone([]);
      setChanges({});
      setOvertaken([]);
      known.current.clear();
    }
    for (const [hold, task] of known.current) {
      const decision = c.earlier.find((e) => e.id === hold)?.decision;
      if (!decision || c.tasks.some((t) => t.hold?.id === hold)) continue;
      known.current.delete(hold);
      if (!state.current.done.some((d) => d.task.hold?.id === hold)) setOvertaken((was) => [...was, { task, decision }]);
    }
    // A changed payment is asked about by a new task, which may come later than the
    // old one goes. What was typed and chosen goes along.
    for (const task of c.tasks) {
      const to = task.hold, before = to && known.current.get(to.id), from = before?.hold;
      if (!to) continue;
      known.current.set(to.id, task);
      if (!before || !from || from.revision === to.revision) continue;
      setChanges((was) => ({ ...was, [to.id]: { from: was[to.id]?.from ?? from, to } }));
      setDrafts((was) => (was[before.id] && !was[task.id] ? { ...was, [task.id]: was[before.id]! } : was));
      choose((was) => (was === before.id ? task.id : was));
    }
    setLost(null);
    setNothing(false);
    setShown(c);
  }, []);

  const lose = useCallback(async () => {
    const { shown: c, lost: already, done: own } = state.current;
    if (!c || already) return;
    if (own.length > 0 && c.tasks.every((t) => t.status !== "open" || own.some((d) => d.task.id === t.id))) return setShown(null); // our own work ended it
    setLost({ stands: await whatStands(c) });
  }, []);

  const refresh = useCallback(async () => {
    const c = state.current.shown;
    if (!c || state.current.lost) return;
    try {
      const got = await reply(api.GET("/v1/callbacks/{case_id}", { params: { path: { case_id: c.id } } }));
      if (got.agent !== me || got.status !== "leased") return await lose(); // a supervisor may read on
      take(got);
    } catch (e) {
      if (e instanceof Refused && ["lease_lost", "agent_linked", "not_found"].includes(e.code)) await lose();
    }
  }, [me, take, lose]);

  const run: Desk["run"] = useCallback(
    async (what, call) => {
      setBusy(what);
      setError(null);
      try {
        return await call();
      } catch (e) {
        const refused = e instanceof Refused ? e : new Refused(null);
        if (refused.code === "lease_lost" || refused.code === "agent_linked") await lose();
        else setError(refused);
        if (["hold_decided", "already_disposed", "revision_stale", "number_incorrect"].includes(refused.code)) await refresh();
        return undefined;
      } finally {
        setBusy("");
      }
    },
    [lose, refresh],
  );

  const next = useCallback(() => {
    void run("next", async () => {
      const c = await reply(api.POST("/v1/callbacks/next"));
      if (c) return take(c);
      setShown(null);
      setLost(null);
      setNothing(true);
    });
  }, [run, take]);

  const path = shown && { params: { path: { case_id: shown.id } } };
  const renew = useCallback(() => {
    const c = state.current.shown;
    if (!c) return;
    void run("renew", async () => {
      const { lease_until } = await reply(api.POST("/v1/callbacks/{case_id}/renew", { params: { path: { case_id: c.id } } }));
      setShown((was) => was && { ...was, lease_until });
    });
  }, [run]);

  // A case that was ours before this page was loaded.
  useEffect(() => {
    if (!works) return;
    void (async () => {
      try {
        const { cases } = await reply(api.GET("/v1/callbacks", { params: { query: { status: "leased", limit: 200 } } }));
        const mine = cases.find((c) => c.agent === me);
        if (mine) take(await reply(api.GET("/v1/callbacks/{case_id}", { params: { path: { case_id: mine.id } } })));
      } catch {
        // "Next case" brings it as well.
      }
      setLooking(false);
    })();
  }, [works, me, take]);

  const { locale } = useSettings(); // reasons and scripts come in the reader's language
  useEffect(() => void refresh(), [pulse, locale, refresh]);

  const calling = shown?.calls.some((c) => !["ended", "failed"].includes(c.status)) && !lost;
  useEffect(() => {
    if (!calling) return;
    const t = setInterval(refresh, callEvery);
    return () => clearInterval(t);
  }, [calling, refresh]);

  const ends = shown && !lost ? Date.parse(shown.lease_until) : 0;
  useEffect(() => {
    if (!ends) return;
    const t = setTimeout(refresh, Math.max(0, ends - now()) + 250);
    return () => clearTimeout(t);
  }, [ends, refresh]);

  useEffect(() => {
    const t = setInterval(() => {
      const c = state.current.shown;
      if (c && !state.current.lost && !ended && idleFor() < activeWithin && Date.parse(c.lease_until) - now() < renewBelow) renew();
    }, renewLook);
    return () => clearInterval(t);
  }, [renew, ended]);

  const open = shown?.tasks.filter((t) => t.status === "open") ?? [];
  const task = overtaken.length > 0 ? null : shown?.tasks.find((t) => t.id === chosen) ?? open.find((t) => !done.some((d) => d.task.id === t.id)) ?? open[0] ?? shown?.tasks[0] ?? null;

  const desk: Desk = {
    looking, shown, lost, done, nothing, task, error, busy, changes, overtaken, choose, run, next, take, refresh, renew,
    draft: (id) => drafts[id] ?? { note: "", ticked: [] },
    write: (id, change) => setDrafts((was) => ({ ...was, [id]: { ...(was[id] ?? { note: "", ticked: [] }), ...change } })),
    giveBack: () =>
      void run("return", async () => {
        await reply(api.POST("/v1/callbacks/{case_id}/return", path!));
        setShown(null);
      }),
    said: async (d) => {
      state.current.done = [...state.current.done, d];
      setDone(state.current.done);
      setDrafts((was) => ({ ...was, [d.task.id]: { note: "", ticked: [] } }));
      choose("");
      await refresh();
    },
    seen: (hold) => setChanges(({ [hold]: _, ...rest }) => rest),
    seenOvertaken: () => setOvertaken([]),
    clear: () => setError(null),
  };
  return <Context.Provider value={desk}>{children}</Context.Provider>;
}

export const holdsOf = (c: Case): CaseHold[] => c.tasks.flatMap((t) => (t.hold ? [t.hold] : []));

/** A case that is not ours is not shown any more. Whoever had it is told what was
 * decided meanwhile; a supervisor may read on, and sees it there. */
async function whatStands(c: Case): Promise<Stands | null> {
  try {
    const now = await reply(api.GET("/v1/callbacks/{case_id}", { params: { path: { case_id: c.id } } }));
    const decided = holdsOf(now).find((h) => h.decision);
    return decided?.decision ? { hold_id: decided.id, decision: decided.decision } : null;
  } catch (e) {
    return (e instanceof Refused && e.problem?.stands) || null;
  }
}
