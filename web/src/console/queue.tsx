// The queue: what waits, the best first. Nothing in it names a customer.
import { memo, useEffect, useRef, useState } from "react";
import { useMinutesTo } from "../base/clock";
import { languageName, left, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Loading, Status } from "../base/parts";
import { useLive } from "./live";
import { Link } from "./router";
import { groups, useRows, type Group, type Item } from "./rows";
import { Trouble } from "./say";
import { useSession } from "./session";
import { codes } from "./words/codes";
import { work } from "./words/work";

const query = matchMedia("(min-width: 1101px)");

/** Folds by the width of the page; a case under way folds it where it is narrow. */
function useWide() {
  const [wide, set] = useState(query.matches);
  useEffect(() => {
    const tell = () => set(query.matches);
    query.addEventListener("change", tell);
    return () => query.removeEventListener("change", tell);
  }, []);
  return wide;
}

export function Queue({ onRingsIn, working }: { onRingsIn: () => void; working: boolean }) {
  const w = useWords(work), c = useWords(codes), wide = useWide(), { stats } = useLive();
  const [group, setGroup] = useState<Group>("waiting");
  const { rows, error, further } = useRows(group);
  const [unfolded, unfold] = useState(!working);
  useEffect(() => unfold(!working), [working]);
  const counts = stats && { waiting: stats.waiting, leased: stats.leased, later: stats.later, review: stats.review };
  const body = (
    <div className="stack tight queue-body">
      <Button onClick={onRingsIn} data-test="inbound">
        {w.ringsIn}
      </Button>
      <div className="field">
        <label htmlFor="group">{w.show}</label>
        <select id="group" value={group} onChange={(e) => setGroup(e.target.value as Group)} data-test="queue-group">
          {groups.map((g) => (
            <option key={g} value={g}>
              {c.cases[g]} {counts ? `(${counts[g]})` : ""}
            </option>
          ))}
        </select>
      </div>
      <Trouble error={error} calm />
      {!rows && !error && <Loading />}
      {rows?.length === 0 && <p className="muted">{w.queueEmpty}</p>}
      {rows && counts && counts[group] > rows.length && <p className="muted small">{w.first(rows.length, counts[group])}</p>}
      <ul className="queue-rows" tabIndex={0} aria-label={w.queue} data-test="queue-rows">
        {rows?.map((item) => (
          <Row key={item.id} item={item} />
        ))}
        {further && <Further key={rows?.length} onSeen={further} />}
      </ul>
    </div>
  );
  const heading = (
    <>
      {w.queue} <span className="muted">{counts ? w.waiting(counts.waiting) : ""}</span>
    </>
  );
  return (
    <section className="queue" aria-labelledby="queue-title" data-test="queue">
      {wide ? (
        <>
          <h2 id="queue-title">{heading}</h2>
          {body}
        </>
      ) : (
        <details open={unfolded} onToggle={(e) => unfold(e.currentTarget.open)}>
          <summary data-test="queue-fold">
            <h2 id="queue-title">{heading}</h2>
          </summary>
          {unfolded && body}
        </details>
      )}
    </section>
  );
}

/** The end of the rows that are read: when it comes in sight, more are. */
function Further({ onSeen }: { onSeen: () => void }) {
  const ref = useRef<HTMLLIElement>(null), seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    const o = new IntersectionObserver((all) => all.some((e) => e.isIntersecting) && seen.current(), { root: ref.current!.parentElement, rootMargin: "600px 0px" });
    o.observe(ref.current!);
    return () => o.disconnect();
  }, []);
  return (
    <li ref={ref}>
      <Loading />
    </li>
  );
}

const same = (a: { item: Item }, b: { item: Item }) => JSON.stringify(a.item) === JSON.stringify(b.item);

const Row = memo(function Row({ item }: { item: Item }) {
  const w = useWords(work), c = useWords(codes), locale = useLocale(), { session } = useSession();
  const [first, ...more] = item.amounts ?? [];
  return (
    <li className="queue-row" data-test="queue-row" data-case={item.id}>
      <div className="row apart">
        <strong className="numbers">
          {first ? money(first, locale) : w.noPayment} {more.length > 0 && <span className="muted">{w.more(more.length)}</span>}
        </strong>
        <Left until={item.deadline} />
      </div>
      <p className="reason">
        {item.reasons?.[0] ?? ""}
        {(item.reasons?.length ?? 0) > 1 && <span className="muted"> +{item.reasons!.length - 1}</span>}
      </p>
      <div className="row apart small">
        <span>
          {item.language ? languageName(item.language, locale) : "–"} · {w.attempt(item.attempt)}
          {item.agent && ` · ${item.agent}`}
          {item.skill && ` · ${item.skill === "supervisor" ? w.forSupervisor : item.skill}`}
        </span>
        {item.status === "leased" && item.agent === session?.sub && <Status tone="info">{w.mine}</Status>}
        {session?.role === "supervisor" && (
          <Link to={`/console/cases/${item.id}`} className="look" data-test="look">
            {w.look}
            <span className="hide"> {c.cases[item.status]}</span>
          </Link>
        )}
      </div>
    </li>
  );
}, same);

/** A row's time left: nobody is told aloud of a thousand of them. */
function Left({ until }: { until: string }) {
  const w = useWords(work), locale = useLocale(), minutes = useMinutesTo(until);
  return (
    <span className="numbers small">
      <Status tone={minutes === 0 ? "bad" : minutes < 60 ? "warn" : "quiet"}>
        <span className="hide">{w.deadline} </span>
        {minutes === 0 ? w.over : left(minutes * 60_000, locale)}
      </Status>
    </span>
  );
}
