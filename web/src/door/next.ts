// What to do next, in plain words, or what happened and why.
import { interviews, waits, type Hold, type Scenario } from "./hold";
import type { words } from "./words";

type W = (typeof words)["en"];

export function nextFor(w: W, scenario: Scenario, h: Hold, who: string): string {
  const d = h.decision;
  if (d) {
    const why = w.decided[d.reason] ?? "";
    if (h.settlement.state === "parked") return `${why} ${w.parked}`;
    if (h.settlement.state !== "acknowledged") return `${why} ${w.telling}`;
    const end = d.outcome === "release" ? w.released : w.reversed;
    return [why, end, d.reason === "not_me" ? w.frozen(who) : "", scenario === "scam" ? w.talked[d.outcome] : ""].filter(Boolean).join(" ");
  }
  const open = h.challenges.filter((c) => c.status === "open" && c.revision === h.revision).map((c) => c.channel);
  if (waits(h)) return open.includes("callback") ? w.waitsStopped : h.callback_only ? w.waitsForCall : w.waits;
  if (open.includes("callback")) return interviews(h) ? `${w.call} ${w.callAsks}` : `${w.call} ${w.callEnds}`;
  if (scenario === "silence" && open.length > 0) return w.stories.silence.push;
  if (open.includes("sms")) return scenario === "sim" ? w.soon : w.text; // no text goes to a new SIM: the network is being asked
  if (open.includes("push") && h.not_before) return w.anew(who);
  if (open.includes("push")) return scenario === "sim" && !h.challenges.some((c) => c.cause === "sim_swapped") ? w.stories.ordinary.push : w.stories[scenario].push;
  if (h.challenges.some((c) => c.cause === "push_limit")) return `${w.pushLimit} ${w.nobodyLeft}`;
  return h.challenges.length > 0 && h.rung === null ? w.nobodyLeft : w.soon;
}
