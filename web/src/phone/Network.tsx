// What is wrong with the network, and the means to make it so.
import { useState } from "react";
import { now } from "../base/clock";
import { dateTime } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Notice, Status } from "../base/parts";
import type { Owner } from "./Phone";
import { moodOf, moods, putLine, setMood, type Shown } from "./shown";
import { words } from "./words";

export function Network({ shown, customers }: { shown: Shown; customers: Owner[] }) {
  const w = useWords(words), locale = useLocale();
  const [failed, setFailed] = useState(false);
  const mood = moodOf(shown.faults);
  const act = async (done: Promise<boolean>) => setFailed(!(await done));
  return (
    <div className="network stack">
      <fieldset>
        <legend>{w.provider}</legend>
        {moods.map((m) => (
          <label key={m} className="choice">
            <input type="radio" name="mood" checked={mood === m} onChange={() => void act(setMood(m))} data-test={`fault-${m}`} />
            {mood === m ? <Status tone={m === "fine" ? "good" : "warn"}>{w.moods[m]}</Status> : w.moods[m]}
          </label>
        ))}
        {mood === null && <Status tone="warn">{w.other}</Status>}
      </fieldset>
      {customers.map((c) => {
        const at = shown.lines[c.number]?.swapped;
        return (
          <div key={c.key} className="sim">
            <h3>{w.sim(c.name)}</h3>
            <p><Status tone={at ? "warn" : "good"}>{at ? w.simNew(dateTime(at, locale)) : w.simOld}</Status></p>
            <Button onClick={() => void act(putLine(c.number, at ? {} : { swapped: new Date(now()).toISOString() }))} data-test={`sim-${c.key}`}>{at ? w.back : w.swap}</Button>
          </div>
        );
      })}
      {failed && <Notice tone="warn" title={w.trouble} urgent />}
    </div>
  );
}
