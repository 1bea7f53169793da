// What to do next, in plain words, or what happened and why.
import type { Hold, Scenario } from "./hold";
import type { words } from "./words";

type W = (typeof words)["en"];

export function nextFor(w: W, scenario: Scenario, h: Hold, who: string): string {
  const d = h.decision;
  if (d) {
    const why = w.decided[d.reason] ?? "";
    if (h.settlement.state === "parked") return `${why} ${w.parked}`;
    if (h.settlement.state !== "acknowledged") return `${why} ${w.telling}`;
    const end = d.outcome === "release" ? w.released : w.reversed;
    return [why, end, d.reason === "not_me" ? w.frozen(who) : ""].filter(Boolean).join(" ");
  }
  const open = h.challenges.filter((c) => c.status === "open" && c.revision === h.revision).map((c) => c.channel);
  if (open.includes("callback")) return w.call;
  if (scenario === "silence" && open.length > 0) return w.stories.silence.push;
  if (open.includes("sms")) return scenario === "sim" ? w.soon : w.text; // no text goes to a new SIM: the network is being asked
  if (open.includes("push")) return scenario === "sim" && !h.challenges.some((c) => c.cause === "sim_swapped") ? w.stories.ordinary.push : w.stories[scenario].push;
  if (h.challenges.some((c) => c.cause === "push_limit")) return `${w.pushLimit} ${w.nobodyLeft}`;
  return h.challenges.length > 0 && h.rung === null ? w.nobodyLeft : w.soon;
}
