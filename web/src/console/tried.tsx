// What was tried, as a timeline: questions, calls, what agents said.
import type { ReactNode } from "react";
import { useLocale, useWords } from "../base/locale";
import type { Schemas } from "../sdk/api";
import { time } from "../base/format";
import { BothClocks, useAuthor } from "./say";
import type { Case, Task } from "./session";
import { codes } from "./words/codes";
import { work } from "./words/work";

type Point = { at: string; what: ReactNode };

export function useChallengePoints() {
  const w = useWords(work), k = useWords(codes);
  return (challenges: Schemas["Challenge"][]): Point[] =>
    challenges.flatMap((c) => {
      const channel = k.channels[c.channel] ?? c.channel;
      const how = [c.answer ? k.answers[c.answer] : k.challenge[c.status], c.cause && (k.causes[c.cause] ?? c.cause)].filter(Boolean).join(": ");
      return [{ at: c.opened_at, what: w.opened(channel) }, ...(c.status === "open" ? [] : [{ at: c.closed_at ?? c.opened_at, what: w.closed(channel, how) }])];
    });
}

export function Tried({ c, task }: { c: Case; task: Task }) {
  const w = useWords(work), k = useWords(codes), author = useAuthor(), asked = useChallengePoints();
  const points: Point[] = [
    ...(task.hold ? [{ at: task.hold.requested_at, what: w.accepted }, ...asked(task.hold.challenges)] : []),
    ...c.calls.map((x) => ({
      at: x.at,
      what: `${w.called}: ${k.calls[x.status]}${x.code && x.code !== "completed" ? ` (${k.causes[x.code] ?? x.code})` : ""}${x.connected_seconds ? ` · ${w.seconds(x.connected_seconds)}` : ""}`,
    })),
    ...task.said.map((s) => ({
      at: s.at,
      what: (
        <>
          {w.saidBy(k.dispositions[s.disposition] ?? s.disposition, author(s.agent))}
          {s.note && <blockquote>{s.note}</blockquote>}
        </>
      ),
    })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <section className="card stack tight" data-test="tried">
      <h3>{w.tried}</h3>
      {points.length === 0 && <p className="muted">{w.notTried}</p>}
      <Timeline points={points} zone={c.customer.time_zone} />
    </section>
  );
}

export function Timeline({ points, zone }: { points: Point[]; zone?: string }) {
  const locale = useLocale();
  return (
    <ol className="timeline">
      {points.map((p, i) => (
        <li key={i}>
          <span className="muted small">{zone ? <BothClocks at={p.at} zone={zone} /> : <time dateTime={p.at}>{time(p.at, locale)}</time>}</span>
          <div>{p.what}</div>
        </li>
      ))}
    </ol>
  );
}
