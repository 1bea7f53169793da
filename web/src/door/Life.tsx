// The picture of a hold's life: its states, the one it is in, and whom it asked.
import { money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Countdown, Status, type Tone } from "../base/parts";
import { rungsOf, waits, type Challenge, type Hold } from "./hold";
import { words } from "./words";

type State = Hold["status"];

const places: Record<State, { x: number; y: number }> = {
  held: { x: 60, y: 100 }, releasing: { x: 180, y: 42 }, released: { x: 300, y: 42 }, reversing: { x: 180, y: 158 }, reversed: { x: 300, y: 158 },
};
const ways: [State, State][] = [["held", "releasing"], ["releasing", "released"], ["held", "reversing"], ["reversing", "reversed"]];
const marks: Record<State, string> = { held: "‖", releasing: "→", released: "✓", reversing: "←", reversed: "↩" };
const half = { w: 50, h: 26 };

/** The states that it came through, this one last. */
const way: Record<State, State[]> = {
  held: ["held"], releasing: ["held", "releasing"], released: ["held", "releasing", "released"], reversing: ["held", "reversing"], reversed: ["held", "reversing", "reversed"],
};

export function States({ state }: { state: State | null }) {
  const w = useWords(words);
  const been = state ? way[state] : [];
  return (
    <svg className="states" viewBox="0 0 360 200" role="img" aria-label={state ? w.now(w.states[state]) : w.none} data-test="states" data-state={state ?? "none"}>
      {ways.map(([a, b]) => {
        const from = places[a], to = places[b];
        const x = from.x + half.w, y = from.y, x2 = to.x - half.w - 3, y2 = to.y;
        return (
          <g key={a + b} className={been.includes(b) ? "way been" : "way"}>
            <path d={`M${x} ${y} L${x2} ${y2}`} />
            <path d={`M${x2 + 3} ${y2} l-8 -5 v10 z`} className="head" transform={y === y2 ? undefined : `rotate(${(Math.atan2(y2 - y, x2 - x) * 180) / Math.PI} ${x2} ${y2})`} />
          </g>
        );
      })}
      {(Object.keys(places) as State[]).map((s) => (
        <g key={s} className={`state ${s === state ? "now" : been.includes(s) ? "been" : ""}`} transform={`translate(${places[s].x} ${places[s].y})`}>
          <rect x={-half.w} y={-half.h} width={half.w * 2} height={half.h * 2} rx="8" />
          <text y={-4}>{marks[s]}</text>
          <text y={15}>{w.states[s]}</text>
        </g>
      ))}
    </svg>
  );
}

const tones: Record<Challenge["status"], Tone> = { open: "info", answered: "good", expired: "warn", undeliverable: "warn", cancelled: "quiet" };

function say(w: (typeof words)["en"], c: Challenge): string {
  if (c.answer) return w.answers[c.answer]!;
  const cause = c.cause && w.causes[c.cause];
  if (c.cause === "wait") return cause!;
  return cause && c.status === "undeliverable" ? `${w.challenge[c.status]}: ${cause}` : w.challenge[c.status]!;
}

export function Life({ hold }: { hold: Hold | null }) {
  const w = useWords(words), locale = useLocale();
  const undecided = hold?.status === "held";
  return (
    <section className="card stack life" aria-labelledby="life" data-test="life">
      <h2 id="life">{w.life}</h2>
      <States state={hold?.status ?? null} />
      {hold ? (
        <>
          <p className="what"><strong className="numbers">{money(hold.amount, locale)}</strong> {w.to} <bdi>{hold.payee.name}</bdi></p>
          {undecided && <p className="row apart"><span>{w.deadline}</span><Countdown until={hold.deadline} key={hold.id} /></p>}
          {waits(hold) && <p className="row apart" data-test="wait"><span>{w.waitEnds}</span><Countdown until={hold.not_before!} soon={0} key={hold.not_before} /></p>}
          {undecided && !waits(hold) && hold.rung && hold.rung.ends_at < hold.deadline && <p className="row apart"><span>{w.nextStep}</span><Countdown until={hold.rung.ends_at} soon={0} key={hold.rung.ends_at} /></p>}
          <h3>{w.steps}</h3>
          {hold.challenges.length === 0 && <p className="muted">{w.noSteps}</p>}
          <ol className="steps">
            {rungsOf(hold).map((r) => (
              <li key={r.index} className={undecided && hold.rung?.index === r.index ? "now" : ""} aria-current={undecided && hold.rung?.index === r.index ? "step" : undefined} data-test={`rung-${r.index}`}>
                <span className="muted small">{w.step(r.index + 1)}</span>
                {r.challenges.map((c) => (
                  <div key={c.id} data-test={`challenge-${c.channel}`} data-status={c.status}>
                    <strong>{w.channels[c.channel]}</strong> <Status tone={c.answer && c.answer !== "approve" ? "warn" : tones[c.status]}>{say(w, c)}</Status>
                  </div>
                ))}
              </li>
            ))}
          </ol>
        </>
      ) : (
        <p className="muted">{w.none}</p>
      )}
    </section>
  );
}
