// The story about a payee: what is said of it, by whom, and what became of the payments.
import { useCallback, useEffect, useState } from "react";
import { dev } from "../dev/dev";
import { settled, useHold, type Hold } from "./hold";
import type { Money } from "../base/format";

type Recall = { hold: string; status: string; returned?: Money };
type Payee = { verdict: "" | "asked" | "in_force"; recalls: Recall[] };

/** What the bank's people do about a payee. */
export type Act = "ask" | "agree" | "recall" | "reverse";

/** Where the story is: the payment of whose phone it is, the verdict, the money that went, what still waits. */
export type Step = "catch" | "ask" | "agree" | "carry" | "recall" | "back" | "reverse" | "over";

export type Caught = { own: Hold | null; waits: Hold | null; gone: Hold | null; recall: Recall | null; step: Step; act: (a: Act) => Promise<void> };

const acts: Partial<Record<Step, Act>> = { ask: "ask", agree: "agree", recall: "recall", reverse: "reverse" };

/** What is to be done next; none while nothing is. */
export const actOf = (s: Step): Act | undefined => acts[s];

function stepOf(own: Hold | null, waits: Hold | null, payee: Payee | null, recall: Recall | null): Step {
  if (!own || !own.decision || !payee) return "catch";
  if (payee.verdict === "") return "ask";
  if (payee.verdict === "asked") return "agree";
  switch (recall?.status) {
    case undefined: return "carry";
    case "proposed": return "recall";
    case "requested": case "accepted": return "back";
  }
  return waits && settled(waits) ? "over" : "reverse";
}

/** Follows the three payments of the story, and what is said of whom they are to. */
export function useCaught(ids: string[] | null): Caught | null {
  const [own, waits, gone] = [useHold(ids?.[0] ?? null).hold, useHold(ids?.[1] ?? null).hold, useHold(ids?.[2] ?? null).hold];
  const [payee, set] = useState<Payee | null>(null);
  const id = ids?.[0] ?? null;
  useEffect(() => {
    set(null);
    if (!id) return;
    let timer = 0, left = false;
    const look = async () => {
      const now = await dev<Payee>(`holds/${id}/payee`).catch(() => null);
      if (left) return;
      if (now) set(now);
      timer = window.setTimeout(look, 1000);
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id]);
  const act = useCallback(async (a: Act) => set(await dev<Payee>(`holds/${id}/payee`, { act: a })), [id]);
  if (!ids) return null;
  const recall = payee?.recalls.find((r) => r.hold === ids[2]) ?? null;
  return { own, waits, gone, recall, step: stepOf(own, waits, payee, recall), act };
}
