// Small sentences that several views say.
import type { Refused, Schemas } from "../sdk/api";
import { dateTime, time } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Notice, Status, type Tone } from "../base/parts";
import { useSession } from "./session";
import { codes } from "./words/codes";

/** What the API refused, in plain words, with what to do about it. */
export function Trouble({ error, calm }: { error: Refused | null; calm?: boolean }) {
  const w = useWords(codes);
  const { ended } = useSession();
  if (!error || (ended && error.code === "unauthenticated")) return null; // the page says it once
  const known = w.problems[error.code] ?? w.otherProblem(error.code);
  const cause = error.code === "contact_not_eligible" && error.problem?.detail ? w.causes[error.problem.detail] : undefined;
  const tries = error.problem?.tries_left;
  return (
    <div data-test="trouble" data-code={error.code}>
      <Notice tone="warn" urgent={!calm}>
        <p>
          {known} {cause && `(${cause})`} {tries !== undefined && w.triesLeft(tries)}
        </p>
      </Notice>
    </div>
  );
}

/** Who: "agent:ana" as "agent ana". */
export function useAuthor() {
  const w = useWords(codes);
  return (author: string) => {
    const [kind = "", ...who] = author.split(":");
    return who.length ? w.by(kind, who.join(":")) : (w.authors[author] ?? author);
  };
}

const tones: Record<string, Tone> = { held: "quiet", releasing: "good", released: "good", reversing: "warn", reversed: "warn", release: "good", reverse: "warn" };

export const StatusOf = ({ status }: { status: string }) => <Status tone={tones[status] ?? "quiet"}>{useWords(codes).statuses[status] ?? status}</Status>;

/** What was decided, why, by whom, when. */
export function Decided({ decision }: { decision: Schemas["Decision"] }) {
  const w = useWords(codes), author = useAuthor(), locale = useLocale();
  return (
    <span data-test="decision">
      <Status tone={tones[decision.outcome] ?? "quiet"}>{w.outcomes[decision.outcome]}</Status> · {w.reasons[decision.reason] ?? decision.reason} · {author(decision.author)} · {dateTime(decision.decided_at, locale)}
    </span>
  );
}

/** One moment on two clocks: ours and the customer's. */
export function BothClocks({ at, zone, test }: { at: string; zone: string; test?: string }) {
  const locale = useLocale(), w = useWords(clocks);
  return (
    <span className="numbers" data-test={test}>
      {w.ours(dateTime(at, locale))} · {w.theirs(time(at, locale, zone))}
    </span>
  );
}

const clocks = {
  en: { ours: (t: string) => `${t} our clock`, theirs: (t: string) => `${t} the customer’s` },
  "zh-Hans": { ours: (t: string) => `本地 ${t}`, theirs: (t: string) => `客户当地 ${t}` },
};
