// Every phone of the stack: one at a time, or all. ?customer=, ?agent= or
// ?number= say which is shown first; ?frame leaves the heading out.
import { useEffect, useMemo, useState } from "react";
import { useWords } from "../base/locale";
import { Button, Field, Loading, Notice, Status } from "../base/parts";
import { useDev, type People } from "../dev/dev";
import { Languages } from "../dev/Languages";
import { Network } from "./Network";
import { Phone, itemsOf, type Owner } from "./Phone";
import { ringing, useShown, type Shown } from "./shown";
import { words } from "./words";

const everyone = "all";

const ownersOf = (p: People): Owner[] => [
  ...p.customers.map((c) => ({ key: c.id, name: c.name, number: c.number, agent: false })),
  ...p.agents.map((a) => ({ key: a.sub, name: a.name, number: a.number, agent: true })),
];

function askedFor(owners: Owner[]): string {
  const q = new URLSearchParams(location.search);
  const found = owners.find((o) => o.key === (q.get("customer") ?? q.get("agent")) || o.number === q.get("number"));
  return found?.key ?? everyone;
}

export function Phones() {
  const w = useWords(words);
  const people = useDev<People>("people");
  const { shown, cut } = useShown();
  const framed = new URLSearchParams(location.search).has("frame");
  return (
    <main className={framed ? "phones framed" : "phones"} data-test="phones">
      <div className="row apart">
        <h1 className={framed ? "hide" : ""}>{w.title}</h1>
        {!framed && <Languages />}
      </div>
      {(cut || people === "failed") && <Notice tone="warn" title={w.cut} urgent>{w.cutMore}</Notice>}
      {people && people !== "failed" && shown ? <Ready owners={ownersOf(people)} shown={shown} framed={framed} /> : !cut && people !== "failed" && <Loading />}
    </main>
  );
}

function Ready({ owners, shown, framed }: { owners: Owner[]; shown: Shown; framed: boolean }) {
  const w = useWords(words);
  const [chosen, choose] = useState(() => askedFor(owners));
  const unread = useUnread(owners, shown, chosen);
  const on = owners.filter((o) => chosen === everyone || o.key === chosen);
  const tab = (o: { key: string; name: string }, more?: string) => (
    <button key={o.key} type="button" className="tab" aria-pressed={chosen === o.key} onClick={() => choose(o.key)} data-test={`choose-${o.key}`}>
      {o.name}
      {more && <span className="badge">{more}</span>}
    </button>
  );
  const newAt = (o: Owner) => (unread.get(o.key) ? w.unread(unread.get(o.key)!) : undefined);
  return (
    <>
      {framed ? (
        <Field label={w.choose}>
          <select value={chosen} onChange={(e) => choose(e.target.value)} data-test="choose">
            {[{ key: everyone, name: w.all }, ...owners].map((o) => <option key={o.key} value={o.key}>{o.name}</option>)}
          </select>
        </Field>
      ) : (
        <nav aria-label={w.choose} className="tabs">
          {tab({ key: everyone, name: w.all })}
          {owners.map((o) => tab(o, newAt(o)))}
        </nav>
      )}
      <div className="news" aria-live="polite">
        {owners.filter((o) => chosen !== everyone && o.key !== chosen).map((o) => {
          const rings = shown.calls.some((c) => c.to === o.number && ringing(c));
          if (!rings && !unread.get(o.key)) return null;
          return (
            <div key={o.key} className="toast" data-test={`notify-${o.key}`}>
              <Status tone="info">{rings ? w.ringsAt(o.name) : w.textAt(o.name)}</Status>
              <Button onClick={() => choose(o.key)}>{w.show}</Button>
            </div>
          );
        })}
      </div>
      <div className={chosen === everyone ? "grid" : "grid one"}>
        {on.map((o) => <Phone key={o.key} owner={o} shown={shown} />)}
      </div>
      <details className="card" data-test="network">
        <summary><h2>{w.network}</h2></summary>
        <Network shown={shown} customers={owners.filter((o) => !o.agent)} />
      </details>
    </>
  );
}

/** How many texts came to each phone since it was last looked at. */
function useUnread(owners: Owner[], shown: Shown, chosen: string): Map<string, number> {
  const textsOf = (o: Owner) => itemsOf(shown, o.number).filter((i) => "text" in i).length;
  const [seen, see] = useState(() => new Map(owners.map((o) => [o.key, textsOf(o)])));
  useEffect(() => {
    see((before) => {
      const on = owners.filter((o) => (chosen === everyone || o.key === chosen) && before.get(o.key) !== textsOf(o));
      return on.length === 0 ? before : new Map([...before, ...on.map((o) => [o.key, textsOf(o)] as const)]);
    });
  }, [shown, chosen]);
  return useMemo(() => new Map(owners.map((o) => [o.key, o.key === chosen || chosen === everyone ? 0 : textsOf(o) - (seen.get(o.key) ?? 0)])), [shown, seen, chosen]);
}
