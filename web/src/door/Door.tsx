// The front door of the development stack: a story, and everybody it is about,
// side by side and live.
import { useEffect, useState, type ReactNode } from "react";
import { localeOf, useLocale, useWords } from "../base/locale";
import { Button, Loading, Notice } from "../base/parts";
import { useDev, type People } from "../dev/dev";
import { know } from "../dev/know";
import { Languages } from "../dev/Languages";
import { Caught, NextAct } from "./Caught";
import { Day } from "./Day";
import { play, scenarios, settled, useHeld, useHold, waits, type Hold, type Scenario } from "./hold";
import { Life } from "./Life";
import { nextFor } from "./next";
import { useCaught } from "./payee";
import { words as payeeWords } from "./payeeWords";
import { words } from "./words";

// Whose phone it is: somebody who reads the visitor's language.
const whose = { en: { id: "maria", name: "Maria" }, "zh-Hans": { id: "lin", name: "Lin Wei" } };

export function Door() {
  const w = useWords(words), ofPayee = useWords(payeeWords), who = whose[localeOf(useLocale())];
  const [story, setStory] = useState<{ scenario: Scenario; ids: string[] } | null>(null);
  const [failed, setFailed] = useState(false);
  const own = useHold(story?.ids[0] ?? null), over = !!own.hold && settled(own.hold);
  const other = useHold(useHeld(who.id, !story || over)); // what a program or another page has submitted
  const theirs = !!other.hold && other.hold.id > (story?.ids[0] ?? ""); // ids are ordered by time
  const { hold, lost } = theirs ? other : own;
  const caught = useCaught(story?.scenario === "caught" && story.ids.length > 0 && !theirs ? story.ids : null);
  const people = useDev<People>("people");
  const [seen, see] = useState(who); // of the story about a payee: whose phone is looked at
  const shown = caught ? seen : who;
  const [phone, retry] = usePreparedPhone(shown.id);
  const [opened, reopen] = useState(0); // times that the app was opened anew
  const [days, passed] = useState(0); // after each, whoever works at the desk signs in anew
  const begin = async (scenario: Scenario) => {
    setStory({ scenario, ids: [] });
    see(who);
    setFailed(false);
    try {
      setStory({ scenario, ids: await play(scenario, who.id) });
      reopen((n) => n + 1); // what it says of the story before would be in the way
    } catch {
      setStory(null);
      setFailed(true);
    }
  };
  return (
    <main className="door" data-test="door">
      <header>
        <h1>{w.title}</h1>
        <p>{w.about}</p>
        <Languages />
      </header>
      <section aria-labelledby="choose" className="stack tight">
        <h2 id="choose">{w.choose}</h2>
        <div className="stories">
          {scenarios.map((s) => (
            <button key={s} type="button" className="story" aria-pressed={story?.scenario === s} aria-disabled={phone !== "ready" || undefined} onClick={() => phone === "ready" && void begin(s)} data-test={`scenario-${s}`}>
              <strong>{w.stories[s].name}</strong>
              <span>{w.stories[s].about}</span>
            </button>
          ))}
        </div>
      </section>
      <Next text={failed ? w.again : caught?.own ? ofPayee.steps[caught.step](who.name) : hold ? nextFor(w, theirs || !story ? unplayed(hold) : story.scenario, hold, who.name) : story ? w.starting : w.begin(who.name)} hold={hold} title={failed ? w.notStarted : w.next} tone={failed ? "warn" : "info"} goesOn={!!caught && caught.step !== "over"}>
        <Day customer={who.id} offered={!!hold && waits(hold)} onPassed={() => passed((n) => n + 1)} />
        {caught && <NextAct story={caught} key={caught.step} />}
      </Next>
      {lost && <Notice tone="warn" title={w.lost} urgent>{w.lostMore}</Notice>}
      <div className="scene">
        <div className="stack side">
          {caught && people && people !== "failed" && <Caught story={caught} people={people.customers} seen={shown.id} see={(id) => see(people.customers.find((c) => c.id === id)!)} />}
          <Life hold={hold} />
        </div>
        <Frame name="app" title={w.app(shown.name)}>
          {phone === "ready" ? <Page key={`${opened} ${shown.id}`} title={w.app(shown.name)} at={`/app?customer=${shown.id}`} test="frame-app" /> : phone === "failed" ? <Notice tone="warn" title={w.appFailed} urgent><Button onClick={retry}>{w.retry}</Button></Notice> : <p role="status" className="muted">{w.opening}</p>}
        </Frame>
        <Frame name="texts" title={w.phone}><Page title={w.phone} at={`/phone?frame&customer=${shown.id}`} test="frame-phone" /></Frame>
        <Frame name="desk" title={w.console}><Page key={days} title={w.console} at="/console?hint=ana" test="frame-console" /></Frame>
      </div>
      <Links />
    </main>
  );
}

/** The story that a payment from elsewhere is most like. */
const unplayed = (h: Hold): Scenario => (h.ladder.name === "scam" ? "scam" : "ordinary");

/** The one line that says what to do, read out as it changes; and what it takes. */
function Next({ text, title, hold, tone, goesOn, children }: { text: string; title: string; hold: Hold | null; tone: "info" | "warn"; goesOn: boolean; children: ReactNode }) {
  const w = useWords(words);
  const end = hold && settled(hold) && !goesOn ? hold.status : null;
  return (
    <div data-test="next" data-state={hold?.status ?? "none"} className="next">
      <Notice tone={end === "released" ? "good" : end ? "warn" : tone} title={end ? w.states[end] : title}>{text}</Notice>
      {children}
    </div>
  );
}

/** Makes this browser a phone that the bank knows, before the app opens. */
function usePreparedPhone(customer: string): ["preparing" | "ready" | "failed", () => void] {
  const [state, set] = useState<"preparing" | "ready" | "failed">("preparing");
  const [tries, again] = useState(0);
  useEffect(() => {
    let gone = false;
    set("preparing");
    know(customer).then(
      () => gone || set("ready"),
      () => gone || set("failed"),
    );
    return () => {
      gone = true;
    };
  }, [customer, tries]);
  return [state, () => again((n) => n + 1)];
}

const Frame = ({ name, title, children }: { name: string; title: string; children: ReactNode }) => (
  <section className={`frame ${name}`} aria-labelledby={`f-${name}`}>
    <h2 id={`f-${name}`}>{title}</h2>
    {children}
  </section>
);

function Page({ title, at, test }: { title: string; at: string; test: string }) {
  return <iframe title={title} src={`${at}&lang=${useLocale()}`} data-test={test} />;
}

function Links() {
  const w = useWords(words);
  const links = useDev<Record<string, string>>("links");
  if (links === null) return <Loading />;
  if (links === "failed") return null;
  return (
    <nav aria-label={w.pages} className="stack tight">
      <h2>{w.pages}</h2>
      <ul className="row">
        {Object.keys(w.links).filter((l) => links[l]).map((l) => (
          <li key={l}><a className="button" href={links[l]} target="_blank" rel="noopener noreferrer" data-test={`link-${l}`}>{w.links[l]}<span className="hide"> ({w.newTab})</span></a></li>
        ))}
      </ul>
    </nav>
  );
}
