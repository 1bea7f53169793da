// The hold that the door watches.
import { useEffect, useState } from "react";
import { now } from "../base/clock";
import type { Schemas } from "../sdk/api";
import { dev } from "../dev/dev";

export type Hold = Schemas["Hold"];
export type Challenge = Schemas["Challenge"];

export const scenarios = ["ordinary", "stolen", "scam", "sim", "silence", "caught"] as const;
export type Scenario = (typeof scenarios)[number];

/** Submits a scenario's payments and gives the holds' ids, the customer's own first. */
export const play = async (scenario: Scenario, customer: string): Promise<string[]> => (await dev<{ holds: string[] }>("holds", { scenario, customer })).holds;

/** Nothing more happens to it, unless somebody settles it by hand. */
export const settled = (h: Hold) => h.status === "released" || h.status === "reversed";

/** No approval counts now: it waits for a time. */
export const waits = (h: Hold) => h.status === "held" && !!h.not_before && Date.parse(h.not_before) > now();

/** Its calls begin with questions, by the stack's own policy. */
export const interviews = (h: Hold) => h.ladder.name === "scam" || h.ladder.name === "large";

/** A hold as it is each second, until it is settled. lost: it cannot be read now. */
export function useHold(id: string | null): { hold: Hold | null; lost: boolean } {
  const [hold, set] = useState<Hold | null>(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    set(null);
    setLost(false);
    if (!id) return;
    let timer = 0, gone = false;
    const look = async () => {
      let done = false;
      try {
        const h = await dev<Hold>(`holds/${id}`);
        if (gone) return;
        set(h);
        setLost(false);
        done = settled(h);
      } catch {
        if (gone) return;
        setLost(true);
      }
      if (!done) timer = window.setTimeout(look, 1000);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id]);
  return { hold: hold?.id === id ? hold : null, lost };
}

/** The customer's hold that waits, the newest, whoever submitted it; asked for every two seconds while wanted. */
export function useHeld(customer: string, wanted: boolean): string | null {
  const [id, set] = useState<string | null>(null);
  useEffect(() => {
    set(null);
    if (!wanted) return;
    let timer = 0, gone = false;
    const look = async () => {
      const { holds } = await dev<{ holds: string[] }>(`holds?customer=${encodeURIComponent(customer)}`).catch(() => ({ holds: [] as string[] }));
      if (gone) return;
      set((was) => holds[0] ?? was); // one that is decided stays in view until the next
      timer = window.setTimeout(look, 2000);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [customer, wanted]);
  return id;
}

/** The rungs that were asked on, each with its challenges, of the current revision. */
export function rungsOf(h: Hold): { index: number; challenges: Challenge[] }[] {
  const rungs = new Map<number, Challenge[]>();
  for (const c of h.challenges) if (c.revision === h.revision) rungs.set(c.rung, [...(rungs.get(c.rung) ?? []), c]);
  return [...rungs].sort(([a], [b]) => a - b).map(([index, challenges]) => ({ index, challenges }));
}
