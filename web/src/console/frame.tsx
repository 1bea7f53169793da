// Around every view: who works here, the way to the other views, and what is
// wrong with the session or the connection.
import { useEffect, useState, type ReactNode } from "react";
import { useNow } from "../base/clock";
import { left } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Countdown, Loading, Notice } from "../base/parts";
import { Agents } from "./agents";
import { Approvals } from "./approvals";
import { Counterparty } from "./counterparty";
import { Complaints } from "./complaints";
import { Counter, Sheet } from "./counter";
import { DeskProvider } from "./desk";
import { KeyHelp, useKeys } from "./keys";
import { LiveProvider, useLive } from "./live";
import { Menu } from "./menu";
import { ReferralSheet } from "./referral";
import { Link, View, usePath } from "./router";
import { Recalls } from "./recalls";
import { Search } from "./search";
import { askSession, raiseAlarm, signInPath, stillHere, useSession, watchInput, type Session } from "./session";
import { Story } from "./story";
import { Wall } from "./wall";
import { Look, Work } from "./work";
import { frame } from "./words/frame";
import { recalls } from "./words/recalls";

const warnBefore = 60_000, endsSoon = 5 * 60_000, askAgain = 5_000; // ms

/** A place that is bare has nothing around it: it is to be printed. */
type Place = { path: RegExp; roles: Session["role"][]; show: (id: string) => ReactNode; bare?: boolean };

const places: Place[] = [
  { path: /^\/console$/, roles: ["agent", "supervisor"], show: () => <Work /> },
  { path: /^\/console\/cases\/(case_[0-9A-Z]{26})$/, roles: ["supervisor"], show: (id) => <Look key={id} id={id} /> },
  { path: /^\/console\/counter(?:\/(case_[0-9A-Z]{26}))?$/, roles: ["branch"], show: (id) => <Counter id={id} /> },
  { path: /^\/console\/sheet\/(case_[0-9A-Z]{26}\/task_[0-9A-Z]{26})$/, roles: ["branch"], show: (id) => <Sheet id={id} />, bare: true },
  { path: /^\/console\/approvals$/, roles: ["agent", "supervisor"], show: () => <Approvals /> },
  { path: /^\/console\/recalls$/, roles: ["agent", "supervisor", "auditor"], show: () => <Recalls /> },
  { path: /^\/console\/referrals\/(ref_[0-9A-Z]{26})$/, roles: ["supervisor"], show: (id) => <ReferralSheet key={id} id={id} />, bare: true },
  { path: /^\/console\/complaints$/, roles: ["supervisor"], show: () => <Complaints /> },
  { path: /^\/console\/wall$/, roles: ["supervisor"], show: () => <Wall /> },
  { path: /^\/console\/agents$/, roles: ["supervisor"], show: () => <Agents /> },
  { path: /^\/console\/search$/, roles: ["supervisor", "auditor"], show: () => <Search /> },
  { path: /^\/console\/counterparties\/(cpty_[0-9a-f]{32})$/, roles: ["supervisor", "auditor"], show: (id) => <Counterparty key={id} id={id} /> },
  { path: /^\/console\/holds\/(hold_[0-9A-Z]{26})$/, roles: ["supervisor", "auditor"], show: (id) => <Story key={id} id={id} /> },
];

export function Frame() {
  const { session, asked, unreachable } = useSession();
  useEffect(() => {
    void askSession();
    return watchInput();
  }, []);
  useEffect(() => {
    if (!unreachable) return;
    const t = setInterval(askSession, askAgain);
    return () => clearInterval(t);
  }, [unreachable]);
  if (!asked) return <Loading />;
  if (!session) return unreachable ? <Unreachable /> : <SignIn />;
  return (
    <LiveProvider>
      <DeskProvider me={session.sub} works={session.role === "agent" || session.role === "supervisor"}>
        <Inside session={session} />
      </DeskProvider>
    </LiveProvider>
  );
}

function SignIn() {
  const w = useWords(frame);
  const hinted = new URLSearchParams(location.search).has("hint");
  useEffect(() => {
    if (hinted) location.replace(signInPath());
  }, [hinted]);
  return (
    <View title={w.signInTitle} test="signin">
      {hinted ? (
        <Loading />
      ) : (
        <>
          <p>{w.signInBody}</p>
          <a className="button primary" href={signInPath()} data-test="signin-link">
            {w.signIn}
          </a>
        </>
      )}
    </View>
  );
}

function Unreachable() {
  const w = useWords(frame);
  return (
    <View title={w.signInTitle} test="unreachable">
      <Notice tone="warn" title={w.unreachable}>
        <p>{w.unreachableBody}</p>
      </Notice>
      <Button onClick={() => void askSession()}>{w.tryAgain}</Button>
    </View>
  );
}

function Inside({ session }: { session: Session }) {
  const w = useWords(frame), r = useWords(recalls), path = usePath(), { stats, cut } = useLive();
  const [help, setHelp] = useState(false);
  useKeys({ "?": () => setHelp(true) });
  const may = places.filter((p) => p.roles.includes(session.role));
  const here = may.find((p) => p.path.test(path));
  const start = path !== "/console" ? null : session.role === "auditor" ? <Search /> : session.role === "branch" ? <Counter id="" /> : null;
  const links = ([["/console", w.work], ["/console/counter", w.counter], ["/console/approvals", w.approvals(stats?.approvals ?? 0)], ["/console/recalls", r.nav(stats?.recalls ?? 0)], ["/console/complaints", w.complaints(stats?.complaints ?? 0)], ["/console/wall", w.wall], ["/console/agents", w.agents], ["/console/search", w.search]] as const).filter(([to]) => may.some((p) => p.path.test(to)));
  if (here?.bare) return <div className="console">{here.show(path.match(here.path)?.[1] ?? "")}</div>;
  return (
    <div className="console">
      <a className="skip" href="#main" onClick={() => document.getElementById("main")?.querySelector("h1")?.focus()}>
        {w.skip}
      </a>
      <header className="top">
        <Link to="/console" className="brand">
          Holdfast
        </Link>
        <nav aria-label={w.sections}>
          {links.map(([to, name]) => (
            <Link key={to} to={to} aria-current={path === to || session.role === "branch" ? "page" : undefined} data-test={`nav-${to.split("/")[2] ?? "work"}`}>
              {name}
            </Link>
          ))}
        </nav>
        <Menu session={session} onKeys={() => setHelp(true)} />
      </header>
      <Alarms session={session} />
      {cut && (
        <div data-test="cut">
          <Notice tone="warn" title={w.cut}>
            <p>{w.cutBody}</p>
          </Notice>
        </div>
      )}
      {here ? here.show(path.match(here.path)?.[1] ?? "") : (start ?? <Nowhere known={places.some((p) => p.path.test(path))} />)}
      {help && <KeyHelp onClose={() => setHelp(false)} />}
    </div>
  );
}

function Nowhere({ known }: { known: boolean }) {
  const w = useWords(frame);
  return (
    <View title={known ? w.notYours : w.notFound} test="nowhere">
      <Link to="/console" className="button">
        {w.toStart}
      </Link>
    </View>
  );
}

/** The session: over, about to be, or as long as it may be. */
function Alarms({ session }: { session: Session }) {
  const w = useWords(frame), locale = useLocale(), { ended, idleAt } = useSession(), at = useNow();
  const idle = idleAt - at, ends = Date.parse(session.ends_at) - at;
  const over = !ended && (idle <= 0 || ends <= 0), warned = ended || (idle > 0 && idle <= warnBefore);
  useEffect(() => {
    raiseAlarm(warned);
    return () => raiseAlarm(false);
  }, [warned]);
  useEffect(() => {
    if (!over) return;
    void askSession();
    const t = setInterval(askSession, askAgain);
    return () => clearInterval(t);
  }, [over]);
  if (ended)
    return (
      <div data-test="session-ended">
        <Notice tone="warn" title={w.endedTitle} urgent>
          <p>{w.endedBody}</p>
          <p className="row">
            <a className="button primary" href={signInPath()} target="_blank" rel="noreferrer" data-test="signin-again">
              {w.endedTab}
            </a>
            <a className="button" href={signInPath()}>
              {w.endedHere}
            </a>
            <span className="muted">{w.endedHereWarns}</span>
          </p>
        </Notice>
      </div>
    );
  if (warned)
    return (
      <div data-test="idle-warning">
        <Notice tone="warn" title={w.idleTitle} urgent>
          <p>
            {w.idleBody} <span aria-hidden="true" className="numbers">{left(idle, locale)}</span>
          </p>
          <div>
            <Button kind="primary" onClick={() => void stillHere()} data-test="stay">
              {w.idleStay}
            </Button>
          </div>
        </Notice>
      </div>
    );
  if (ends > 0 && ends <= endsSoon)
    return (
      <Notice tone="warn" title={w.endsTitle}>
        <p>
          {w.endsBody} <Countdown until={session.ends_at} />
        </p>
      </Notice>
    );
  return null;
}
