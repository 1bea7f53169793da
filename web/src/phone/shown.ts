// What the phones show, kept up to date by one long poll, and what they can do.
import { useEffect, useState } from "react";
import { setClock } from "../base/clock";

export type Text = { sid: string; to: string; body: string; status: string; at: string };
export type Written = { from: string; body: string; at: string; answered: number };
export type Call = { sid: string; parent?: string; to: string; from: string; status: string; said?: string; at: string; answered_at?: string; ended_at?: string };
export type Line = { type?: string; swapped?: string; unknown?: boolean };
export type Fault = { kind: string; wire: string; number: string; times: number; delay: number; on: string };
export type Shown = { version: number; texts: Text[]; replies: Written[]; calls: Call[]; lines: Record<string, Line>; faults: Fault[]; now: string };

const at = "/dev/provider";

/** null before the first answer; cut while the provider cannot be reached. */
export function useShown(): { shown: Shown | null; cut: boolean } {
  const [shown, set] = useState<Shown | null>(null);
  const [cut, setCut] = useState(false);
  useEffect(() => {
    const gone = new AbortController();
    (async () => {
      for (let after = -1; !gone.signal.aborted; ) {
        try {
          const reply = await fetch(`${at}/phones?after=${after}`, { signal: gone.signal });
          if (!reply.ok) throw new Error(String(reply.status));
          const s = (await reply.json()) as Shown;
          setClock(s.now);
          after = s.version;
          set(s);
          setCut(false);
        } catch {
          if (gone.signal.aborted) return;
          setCut(true);
          await new Promise((r) => setTimeout(r, 2000));
        }
      }
    })();
    return () => gone.abort();
  }, []);
  return { shown, cut };
}

const phone = (number: string) => `${at}/phones/${encodeURIComponent(number)}`;

async function done(call: Promise<Response>): Promise<boolean> {
  return call.then((r) => r.ok, () => false);
}

export const reply = (number: string, body: string) => done(fetch(`${phone(number)}/replies`, { method: "POST", body }));
export const onCall = (c: Call, what: "answer" | "decline" | "hangup") => done(fetch(`${phone(c.to)}/calls/${c.sid}/${what}`, { method: "POST" }));
export const putLine = (number: string, line: Line) => done(fetch(`${phone(number)}/line`, { method: "PUT", body: JSON.stringify(line) }));

export const over = (c: Call) => ["completed", "busy", "failed", "no-answer", "canceled"].includes(c.status);
export const ringing = (c: Call) => c.status === "ringing";

// How the provider may be, for texts and calls alike.
export const moods = ["fine", "slow", "failing", "twice", "cut"] as const;
export type Mood = (typeof moods)[number];

const second = 1e9; // Go's durations are nanoseconds
const faults: Record<Exclude<Mood, "fine">, Partial<Fault>> = {
  slow: { kind: "slow", delay: 4 * second },
  failing: { kind: "down" },
  twice: { wire: "twice" },
  cut: { kind: "refused" },
};

/** How it is now; null when a test has set something else. */
export function moodOf(all: Fault[]): Mood | null {
  const f = all.find((x) => x.on === "" && x.number === "");
  if (!f) return all.length === 0 ? "fine" : null;
  if (f.kind === "slow") return "slow";
  if (f.kind === "down") return "failing";
  if (f.kind === "refused") return "cut";
  return f.kind === "" && f.wire === "twice" ? "twice" : null;
}

export async function setMood(m: Mood): Promise<boolean> {
  if (!(await done(fetch(`${at}/faults`, { method: "DELETE" })))) return false;
  if (m === "fine") return true;
  for (const on of ["", "calls"])
    if (!(await done(fetch(`${at}/faults`, { method: "POST", body: JSON.stringify({ ...faults[m], on }) })))) return false;
  return true;
}
