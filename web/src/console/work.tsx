// The agent's day: the queue, the case in the middle, what to do at the right.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Loading, Notice } from "../base/parts";
import { reply } from "../sdk/api";
import { CaseView, CustomerHead } from "./case";
import { useFetched } from "./data";
import { holdsOf, useDesk } from "./desk";
import { Inbound } from "./inbound";
import { useKeys } from "./keys";
import { useLive } from "./live";
import { Queue } from "./queue";
import { Rail } from "./rail";
import { Reassign } from "./reassign";
import { Recorded } from "./recorded";
import { Link, View } from "./router";
import { Decided, Trouble } from "./say";
import { api, useSession, type Stands } from "./session";
import { TooLate } from "./toolate";
import { work } from "./words/work";

export function Work() {
  const w = useWords(work), desk = useDesk();
  const [ringsIn, setRingsIn] = useState(false);
  const working = desk.shown !== null && !desk.lost;
  useKeys({ n: working || desk.busy ? undefined : desk.next });
  return (
    <View title={w.title} test="work" quiet>
      <Queue onRingsIn={() => setRingsIn(true)} working={working} />
      {desk.looking ? (
        <section className="middle">
          <Loading />
        </section>
      ) : !desk.shown ? (
        <Empty />
      ) : desk.lost ? (
        <Lost stands={desk.lost.stands} />
      ) : (
        <>
          <Middle key={desk.shown.id} name={w.case} test="case">
            <CustomerHead c={desk.shown} />
            <CaseView c={desk.shown} task={desk.task} desk={desk} />
          </Middle>
          <Rail c={desk.shown} task={desk.task} />
        </>
      )}
      {ringsIn && <Inbound onClose={() => setRingsIn(false)} />}
    </View>
  );
}

/** The middle of the view. It takes the focus when what had it went away with the middle before. */
export function Middle({ name, test, children }: { name: string; test: string; children: ReactNode }) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (navigator.userActivation?.hasBeenActive && document.activeElement === document.body) ref.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section ref={ref} className="middle stack" tabIndex={-1} aria-label={name} data-test={test}>
      {children}
    </section>
  );
}

function NextButton() {
  const w = useWords(work), desk = useDesk(), { alarm } = useSession();
  return (
    <Button kind={alarm ? undefined : "primary"} busy={desk.busy === "next"} onClick={desk.next} data-test="next">
      {w.next} <kbd>n</kbd>
    </Button>
  );
}

function Empty() {
  const w = useWords(work), desk = useDesk(), { stats } = useLive();
  return (
    <Middle name={w.noCase} test="no-case">
      {desk.done.map((d) => (
        <Recorded key={d.task.id} done={d} />
      ))}
      <h2>{desk.nothing ? w.nothing : w.noCase}</h2>
      <p className="muted">{desk.nothing ? w.nothingBody : w.noCaseBody(stats?.waiting ?? 0)}</p>
      <Trouble error={desk.error} />
      <div>
        <NextButton />
      </div>
    </Middle>
  );
}

/** The case is not ours any more. What was typed can be taken along. */
function Lost({ stands }: { stands: Stands | null }) {
  const w = useWords(work), desk = useDesk();
  const [copied, setCopied] = useState(false);
  const task = desk.shown?.tasks.find((t) => t.hold?.id === stands?.hold_id);
  const notes = (desk.shown?.tasks ?? []).map((t) => desk.draft(t.id).note).filter((n) => n.trim() !== "");
  return (
    <Middle name={stands?.decision ? w.decidedElsewhere : w.leaseLost} test={stands?.decision ? "decided-elsewhere" : "lease-lost"}>
      <Notice tone="warn" title={stands?.decision ? w.decidedElsewhere : w.leaseLost} urgent>
        {stands?.decision ? <Decided decision={stands.decision} /> : null}
        <p>{stands?.decision ? w.decidedBody : w.leaseLostBody}</p>
      </Notice>
      {stands?.decision && desk.shown && task && (
        <TooLate c={desk.shown} task={task} decision={stands.decision} note={desk.draft(task.id).note} />
      )}
      {notes.length > 0 && (
        <div className="field">
          <label htmlFor="kept">{w.keptNote}</label>
          <textarea id="kept" readOnly value={notes.join("\n\n")} data-test="kept-note" />
          <div>
            <Button onClick={() => void navigator.clipboard.writeText(notes.join("\n\n")).then(() => setCopied(true))} data-test="copy-note">
              {copied ? w.copied : w.copy}
            </Button>
          </div>
        </div>
      )}
      <Trouble error={desk.error} />
      <div>
        <NextButton />
      </div>
    </Middle>
  );
}

/** A supervisor looks at a case, whoever has it. */
export function Look({ id }: { id: string }) {
  const w = useWords(work), locale = useLocale(), { session } = useSession();
  const [changed, setChanged] = useState(0);
  // Each look is an entry: once when it is opened, and when it was given away.
  const got = useFetched(() => reply(api.GET("/v1/callbacks/{case_id}", { params: { path: { case_id: id } } })), [id, changed]);
  const desk = useDesk();
  const [chosen, choose] = useState("");
  const c = got.data;
  const task = c?.tasks.find((t) => t.id === chosen) ?? c?.tasks[0] ?? null;
  return (
    <View title={w.lookTitle} test="look">
      <Trouble error={got.error} />
      {!c && !got.error && <Loading />}
      {c && (
        <div className="stack">
          <div className="row">
            <span className="muted">{c.agent && Date.parse(c.lease_until) > Date.parse(c.now) ? w.heldBy(c.agent) : w.heldByNobody}</span>
            <Button onClick={got.again} data-test="look-again">
              {w.lookAgain}
            </Button>
            <Reassign caseId={c.id} onDone={() => setChanged((n) => n + 1)} />
            {holdsOf(c).map((h) => (
              <Link key={h.id} to={`/console/holds/${h.id}`} className="button quiet">
                {w.story}: {money(h.amount, locale)} · {h.payee.name}
              </Link>
            ))}
          </div>
          {c.agent === session?.sub && <p className="muted">{w.yours}</p>}
          <CustomerHead c={c} readOnly />
          <CaseView c={c} task={task} desk={{ ...desk, choose, changes: {}, overtaken: [] }} readOnly />
        </div>
      )}
    </View>
  );
}
