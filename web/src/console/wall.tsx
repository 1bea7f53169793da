// The wallboard: how the queue stands, what was decided by hour and channel, and what
// the warnings came to.
import { useState } from "react";
import { reply, type Schemas } from "../sdk/api";
import { dateTime, left, time } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Loading } from "../base/parts";
import { useFetched } from "./data";
import { HourBars } from "./bars";
import { Figure } from "./figure";
import { useLive } from "./live";
import { View } from "./router";
import { Trouble } from "./say";
import { api } from "./session";
import { Achieved } from "./warnings";
import { codes } from "./words/codes";
import { complain } from "./words/complain";
import { supervise } from "./words/supervise";

type Outcomes = Schemas["Outcomes"];
const spans = [6, 12, 24, 72]; // hours

export function Wall() {
  const w = useWords(supervise), m = useWords(complain), locale = useLocale(), { stats, pulse } = useLive();
  const [hours, setHours] = useState(12);
  const got = useFetched(() => reply(api.GET("/v1/supervision/outcomes", { params: { query: { hours } } })), [hours], pulse);
  const o = got.data;
  const percent = (part: number, all: number) => (all === 0 ? "–" : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(part / all));
  return (
    <View title={w.wall} test="wall">
      <section aria-labelledby="now" className="stack tight">
        <h2 id="now">{w.now}</h2>
        {!stats && <Loading />}
        {stats && (
          <dl className="figures" data-test="figures">
            <Figure name={w.waiting} value={stats.waiting} note={stats.oldest_at && w.oldest(dateTime(stats.oldest_at, locale))} test="waiting" />
            <Figure name={w.pastTarget} value={stats.past_target} late={stats.past_target > 0} test="past-target" />
            <Figure name={w.leased} value={stats.leased} test="leased" />
            <Figure name={w.later} value={stats.later} test="later" />
            <Figure name={w.review} value={stats.approvals} test="second" />
            <Figure name={m.wallOpen} value={stats.complaints} test="complaints" />
            <Figure name={m.wallOverdue} value={stats.complaints_overdue} late={stats.complaints_overdue > 0} test="complaints-overdue" />
            <Figure name={w.timeToAnswer} value={o?.answer_seconds === undefined ? "–" : left(o.answer_seconds * 1000, locale)} note={o && w.calls(o.answers)} test="answer" />
            <Figure name={w.notMeRate} value={o ? percent(o.not_me, o.decided) : "–"} note={o && w.ofDecided(o.not_me, o.decided)} test="not-me" />
          </dl>
        )}
      </section>
      <section aria-labelledby="outcomes" className="stack tight">
        <div className="row apart">
          <h2 id="outcomes">{w.outcomes}</h2>
          <label className="row">
            {w.span}
            <select className="plain" value={hours} onChange={(e) => setHours(Number(e.target.value))} data-test="span">
              {spans.map((h) => (
                <option key={h} value={h}>
                  {w.hours(h)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Trouble error={got.error} calm />
        {!o && !got.error && <Loading />}
        {o && <Charts o={o} />}
      </section>
      <Achieved />
    </View>
  );
}

const channels = ["push", "sms", "facelink", "callback", "none"] as const;
const of = (hour: Outcomes["hours"][number], channel: string) => hour.by_channel.find((c) => c.channel === channel) ?? { released: 0, reversed: 0 };

/** A chart for each channel, all to one scale, and the same as a table. */
function Charts({ o }: { o: Outcomes }) {
  const w = useWords(supervise), k = useWords(codes), locale = useLocale();
  const most = Math.max(1, ...o.hours.flatMap((h) => h.by_channel.map((c) => c.released + c.reversed)));
  const label = (at: string) => (o.hours.length > 24 ? dateTime(at, locale) : time(at, locale));
  const total = (channel: string) => o.hours.reduce((sum, h) => ({ released: sum.released + of(h, channel).released, reversed: sum.reversed + of(h, channel).reversed }), { released: 0, reversed: 0 });
  return (
    <>
      <p className="row legend">
        <span className="swatch released" aria-hidden="true" /> {w.released}
        <span className="swatch reversed" aria-hidden="true" /> {w.reversed}
      </p>
      <div className="charts">
        {channels.map((channel) => (
          <figure key={channel} className="card" data-test={`chart-${channel}`}>
            <figcaption>
              <strong>{k.channels[channel]}</strong> <span className="muted numbers">{w.sum(total(channel).released, total(channel).reversed)}</span>
            </figcaption>
            <HourBars
              label={`${k.channels[channel]}: ${w.sum(total(channel).released, total(channel).reversed)}`}
              most={most}
              bars={o.hours.map((h) => ({ name: label(h.at), ...of(h, channel) }))}
              say={(b) => `${b.name}: ${w.sum(b.released, b.reversed)}`}
            />
          </figure>
        ))}
      </div>
      <details>
        <summary data-test="as-table">{w.asTable}</summary>
        <div className="scroll" tabIndex={0} role="group" aria-label={w.outcomes}>
          <table data-test="outcomes-table">
            <caption className="hide">{w.outcomes}</caption>
            <thead>
              <tr>
                <th scope="col">{w.hour}</th>
                {channels.map((c) => (
                  <th key={c} scope="col">
                    {k.channels[c]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {o.hours.map((h) => (
                <tr key={h.at}>
                  <th scope="row" className="numbers">
                    {label(h.at)}
                  </th>
                  {channels.map((c) => (
                    <td key={c} className="numbers">
                      {w.cell(of(h, c).released, of(h, c).reversed)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
