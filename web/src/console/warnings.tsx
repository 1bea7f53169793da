// What the questions, warnings and waits before paying came to: today, and in the last
// 30 days. Each payment counts on the day its questions were answered.
import { reply, type Schemas } from "../sdk/api";
import { useNow } from "../base/clock";
import { useLocale, useWords } from "../base/locale";
import { Loading } from "../base/parts";
import { useFetched } from "./data";
import { Figure } from "./figure";
import { Trouble } from "./say";
import { api } from "./session";
import { supervise } from "./words/supervise";

type Group = Schemas["WarningGroup"];

const minute = 60_000, lag = 5_000; // ms; a day is asked about once it has begun at the bank, too

export function Achieved() {
  const w = useWords(supervise), locale = useLocale();
  const now = Math.floor((useNow() - lag) / minute), midnight = new Date(now * minute).setHours(0, 0, 0, 0);
  const read = (from?: string) => reply(api.GET("/v1/supervision/warnings", { params: { query: { from } } }));
  const today = useFetched(() => read(new Date(midnight).toISOString()), [midnight], now);
  const month = useFetched(() => read(), [], now);
  const number = (n: number) => n.toLocaleString(locale);
  const figure = (name: string, test: string, of: (g: Group) => number) => (
    <Figure name={name} test={test} value={number(sum(today.data?.groups, of))} note={w.inMonth(number(sum(month.data?.groups, of)))} />
  );
  return (
    <section aria-labelledby="achieved" className="stack tight">
      <h2 id="achieved">{w.achieved}</h2>
      <Trouble error={today.error ?? month.error} calm />
      {!(today.data && month.data) && !(today.error ?? month.error) && <Loading />}
      {month.data?.groups.length === 0 && <p data-test="no-warnings">{w.noWarnings}</p>}
      {today.data && month.data && month.data.groups.length > 0 && (
        <>
          <dl className="figures" data-test="achieved">
            {figure(w.warningsShown, "shown", (g) => g.shown)}
            {figure(w.stopped, "stopped", chose("stopped"))}
            {figure(w.wentOn, "went-on", chose("went_on"))}
            {figure(w.fraudLater, "fraud", (g) => g.fraud)}
            {figure(w.delayMinutes, "delay", (g) => g.delay_minutes)}
          </dl>
          <ByScenario groups={month.data.groups} />
        </>
      )}
    </section>
  );
}

const sum = (groups: Group[] | undefined, of: (g: Group) => number) => (groups ?? []).reduce((n, g) => n + of(g), 0);
const chose = (choice: string) => (g: Group) => g.by_choice.find((c) => c.choice === choice)?.payments ?? 0;

/** The 30 days by kind of scam and version of the policy. */
function ByScenario({ groups }: { groups: Group[] }) {
  const w = useWords(supervise), locale = useLocale();
  const columns: [string, (g: Group) => number | undefined][] = [
    [w.answered, (g) => g.answered],
    [w.warningsShown, (g) => g.shown],
    [w.stopped, chose("stopped")],
    [w.wentOn, chose("went_on")],
    [w.toldSo, chose("told")],
    [w.waits, (g) => g.waits],
    [w.delayMinutes, (g) => g.delay_minutes],
    [w.delayMedian, (g) => g.delay_minutes_median],
    [w.callsAfter, (g) => g.calls],
    [w.released, (g) => g.released],
    [w.reversed, (g) => g.reversed],
    [w.fraudLater, (g) => g.fraud],
    [w.genuineLater, (g) => g.genuine],
  ];
  return (
    <details>
      <summary data-test="by-scenario">{w.byScenario}</summary>
      <div className="scroll" tabIndex={0} role="group" aria-label={w.byScenario}>
        <table className="many" data-test="scenarios">
          <caption className="hide">{w.byScenario}</caption>
          <thead>
            <tr>
              <th scope="col">{w.scenario}</th>
              <th scope="col">{w.policyVersion}</th>
              {columns.map(([name]) => <th key={name} scope="col">{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {groups.map((g) => (
              <tr key={`${g.scenario} ${g.policy_version}`}>
                <th scope="row"><code>{g.scenario}</code></th>
                <td><code>{g.policy_version}</code></td>
                {columns.map(([name, of]) => <td key={name} className="numbers">{of(g)?.toLocaleString(locale) ?? "–"}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
