// The call: whom, how it goes, and the two digits that the customer reads out.
import { useEffect, useState, type FormEvent } from "react";
import { reply } from "../sdk/api";
import { useNow } from "../base/clock";
import { date } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Field, Status, type Tone } from "../base/parts";
import { useDesk } from "./desk";
import { useKeys } from "./keys";
import { Reveal } from "./reveal";
import { talkedOf } from "./results";
import { api, useSession, type Case, type Task } from "./session";
import { codes } from "./words/codes";
import { rail } from "./words/rail";

type Running = Case["calls"][number];
const enough = 30; // seconds that a talk takes
const over = (call: Running | undefined) => !call || ["ended", "failed"].includes(call.status);

/** Of a face check, calling is not what it is about. */
export function Call({ c, task }: { c: Case; task: Task | null }) {
  const main = task?.kind !== "face";
  const w = useWords(rail), k = useWords(codes), locale = useLocale(), desk = useDesk(), { alarm } = useSession();
  const callable = c.customer.contacts.filter((x) => x.callable);
  const [chosen, setChosen] = useState("");
  const contact = callable.find((x) => x.id === chosen) ?? callable[0];
  const calls = c.calls.filter((x) => x.this_lease);
  const last = calls.at(-1), free = over(last);
  const place = () => {
    if (!contact || !free || desk.busy) return;
    void desk.run("call", async () => {
      await reply(api.POST("/v1/callbacks/{case_id}/call", { params: { path: { case_id: c.id } }, body: { contact_id: contact.id } }));
      await desk.refresh();
    });
  };
  useKeys({ c: place });
  return (
    <section className="card stack tight" id="call" tabIndex={-1} aria-labelledby="call-title" data-test="call">
      <h2 id="call-title" className="rail-title">
        {w.callTitle}
      </h2>
      {c.customer.contacts.length === 0 && <p className="muted">{w.noContact}</p>}
      <ul className="stack tight">
        {c.customer.contacts.map((x) => (
          <li key={x.id} className="contact">
            <label className="tick">
              <input type="radio" name="contact" disabled={!x.callable} checked={x.id === contact?.id} onChange={() => setChosen(x.id)} data-test="contact" />
              <span>
                <Reveal key={c.id + x.id} caseId={c.id} field="number" of={x.id} label={w.number} masked={x.number} hidden={c.hidden} />
                <span className="muted small since">{w.since(date(x.since, locale))}</span>
              </span>
            </label>
            {!x.callable && <Status tone="warn">{k.causes[x.why_not ?? ""] ?? w.notCallable}</Status>}
          </li>
        ))}
      </ul>
      {last && <State c={c} task={task} call={last} />}
      {free && (
        <Button kind={main && calls.length === 0 && !c.hidden && !alarm ? "primary" : undefined} disabled={!contact} busy={desk.busy === "call"} onClick={place} data-test="place-call">
          {calls.length === 0 ? w.place : w.placeAgain} <kbd>c</kbd>
        </Button>
      )}
      {!c.identified && (c.tries_left ?? 0) > 0 && (c.inbound || !over(last) || calls.length > 0) && <Digits c={c} />}
      {!c.identified && c.tries_left === 0 && <Status tone="warn">{w.noTries}</Status>}
      {c.identified && <Status tone="good">{w.identified}</Status>}
    </section>
  );
}

const tones: Record<string, Tone> = { connected: "good", failed: "warn", ended: "quiet" };

/** How the call goes, live. Whether it was enough is the API's to say. */
function State({ c, task, call }: { c: Case; task: Task | null; call: Running }) {
  const w = useWords(rail), k = useWords(codes), at = useNow();
  const ran = call.status === "connected" ? Math.max(0, Math.floor((at - Date.parse(c.now)) / 1000)) : 0;
  const seconds = call.connected_seconds + ran;
  const why = call.code && call.code !== "completed" ? (k.causes[call.code] ?? call.code) : "";
  return (
    <div className="stack tight" data-test="call-state" data-state={call.status}>
      <span role="status">
        <Status tone={tones[call.status] ?? "info"}>
          {k.calls[call.status]}
          {why && ` (${why})`}
        </Status>
      </span>
      {(seconds > 0 || call.status === "connected") && (
        <>
          <span className="numbers" data-test="call-seconds">
            {w.seconds(seconds)} {talkedOf(task) && <Enough call={call} left={enough - seconds} missing={task?.why_not === "call_missing"} />}
          </span>
          {talkedOf(task) && <progress max={enough} value={Math.min(enough, seconds)} aria-label={w.progress} />}
        </>
      )}
    </div>
  );
}

/** What the call lacks, as of when the case was read: the seconds beside it run on. */
function Enough({ call, left, missing }: { call: Running; left: number; missing: boolean }) {
  const w = useWords(rail);
  if (call.machine) return <Status tone="warn">{w.machine}</Status>;
  if (!missing) return w.enough;
  return call.connected_seconds < enough ? w.notEnough(Math.max(1, left)) : w.notCounted;
}

/** The number that the customer's app shows; they read it out, never we. */
function Digits({ c }: { c: Case }) {
  const w = useWords(rail), k = useWords(codes), desk = useDesk(), { alarm } = useSession();
  const [digits, setDigits] = useState("");
  const tries = c.tries_left ?? 0;
  useEffect(() => setDigits(""), [tries]);
  const wrong = desk.error?.code === "number_incorrect";
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (!/^\d{2}$/.test(digits)) return;
    void desk.run("identify", async () => {
      await reply(api.POST("/v1/callbacks/{case_id}/identify", { params: { path: { case_id: c.id } }, body: { number: digits } }));
      await desk.refresh();
    });
  };
  return (
    <form className="identify" onSubmit={send}>
      <Field label={w.digits} hint={`${w.digitsHint} ${k.triesLeft(tries)}`} error={wrong ? k.problems["number_incorrect"] : undefined}>
        <input
          className="digits numbers"
          inputMode="numeric"
          autoComplete="off"
          maxLength={2}
          value={digits}
          onChange={(e) => setDigits(e.target.value.normalize("NFKC").replace(/\D/g, ""))}
          data-test="digits"
        />
      </Field>
      <Button kind={alarm ? undefined : "primary"} type="submit" disabled={digits.length !== 2} busy={desk.busy === "identify"} data-test="identify">
        {w.check}
      </Button>
    </form>
  );
}
