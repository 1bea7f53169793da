// The counter: the clerk of a branch has the customer before them, opens their case
// by their id, asks the questions aloud, records what stops or slows down, and prints
// the warning. There is no queue here, no call and no number.
import { useEffect, useRef, useState, type FormEvent } from "react";
import { dateTime, money } from "../base/format";
import { localeOf, useWords } from "../base/locale";
import { Button, Field, Loading, Notice } from "../base/parts";
import { reply } from "../sdk/api";
import { CaseView, CustomerHead } from "./case";
import { useDesk } from "./desk";
import { Facts } from "./facts";
import { useKeys } from "./keys";
import { Rail } from "./rail";
import { Recorded } from "./recorded";
import { Link, View, navigate } from "./router";
import { Trouble } from "./say";
import { api, type CaseHold } from "./session";
import { Middle } from "./work";
import { counter, sheet } from "./words/counter";

/** Reads the case that the address names, where the desk has another or none. */
function useCase(id: string) {
  const desk = useDesk(), { take, run } = desk;
  const there = desk.shown?.id === id, seen = useRef("");
  useEffect(() => {
    if (there) seen.current = id;
    if (!id || seen.current === id) return; // what was given back or lost is not looked at again
    void run("look", async () => take(await reply(api.GET("/v1/callbacks/{case_id}", { params: { path: { case_id: id } } }))));
  }, [id, there, run, take]);
  return desk;
}

export function Counter({ id }: { id: string }) {
  const w = useWords(counter), desk = useCase(id), c = desk.shown;
  const working = c !== null && !desk.lost && (c.id === id || id === "");
  const h = desk.task?.hold, paper = working && h && warningsOf(h).length > 0 ? `/console/sheet/${c.id}/${desk.task!.id}` : "";
  useKeys({ p: paper ? () => navigate(paper) : undefined });
  return (
    <View title={w.title} test="counter" quiet={working}>
      {working ? (
        <>
          <Middle key={c.id} name={w.openTitle} test="case">
            <CustomerHead c={c} clerk />
            <CaseView c={c} task={desk.task} desk={desk} clerk />
          </Middle>
          <Rail c={c} task={desk.task} clerk>
            {paper && (
              <section className="card stack tight" data-test="paper">
                <Link to={paper} className="button" data-test="sheet-link">
                  {w.warning} <kbd>p</kbd>
                </Link>
                <p className="muted small">{w.warningNote}</p>
              </section>
            )}
          </Rail>
        </>
      ) : desk.busy === "look" ? (
        <Loading />
      ) : (
        <Open />
      )}
    </View>
  );
}

/** Whose case it is to be, with what came of the one before. */
function Open() {
  const w = useWords(counter), desk = useDesk();
  const [customer, setCustomer] = useState(""), [reason, setReason] = useState("");
  const open = async (e: FormEvent) => {
    e.preventDefault();
    const c = await desk.run("open", () => reply(api.POST("/v1/counter/cases", { body: { customer_id: customer.trim(), reason: reason.trim() } })));
    if (!c) return;
    desk.take(c);
    navigate(`/console/counter/${c.id}`);
  };
  return (
    <section className="card stack" aria-labelledby="open" data-test="counter-open">
      {desk.done.map((d) => (
        <Recorded key={d.task.id} done={d} />
      ))}
      {desk.lost && (
        <div data-test="lease-lost">
          <Notice tone="warn" title={w.lost} urgent>
            <p>{w.lostBody}</p>
          </Notice>
        </div>
      )}
      <h2 id="open">{w.openTitle}</h2>
      <p className="muted">{w.openBody}</p>
      <form className="stack" onSubmit={(e) => void open(e)}>
        <Field label={w.customer}>
          <input value={customer} onChange={(e) => setCustomer(e.target.value)} required maxLength={64} autoComplete="off" spellCheck={false} autoFocus data-test="counter-customer" />
        </Field>
        <Field label={w.reason} hint={w.reasonHint}>
          <input value={reason} onChange={(e) => setReason(e.target.value)} required maxLength={500} data-test="counter-reason" />
        </Field>
        <Trouble error={desk.error} />
        <div>
          <Button kind="primary" type="submit" busy={desk.busy === "open"} data-test="counter-do">
            {w.open}
          </Button>
        </div>
      </form>
    </section>
  );
}

/** What a customer is warned of: what was found, aloud or in the app, and what the reason says. */
export const warningsOf = (h: CaseHold): string[] => {
  const all = [...(h.interview?.taken.map((t) => t.aloud) ?? []), ...h.reasons.map((r) => r.warning)];
  return all.filter((text, i): text is string => !!text && all.indexOf(text) === i);
};

/** The warning on paper: in the customer's language, and with nothing around it. */
export function Sheet({ id }: { id: string }) {
  const [caseId = "", taskId = ""] = id.split("/");
  const desk = useCase(caseId), c = desk.shown?.id === caseId ? desk.shown : null;
  const h = c?.tasks.find((t) => t.id === taskId)?.hold;
  const locale = localeOf(c?.customer.locale), w = sheet[locale];
  useEffect(() => {
    document.title = "Holdfast";
  }, []);
  return (
    <main id="main" className="paper" lang={locale} data-test="sheet">
      <p className="row noprint">
        <Button kind="primary" onClick={() => window.print()} disabled={!h} autoFocus data-test="print">
          {w.print}
        </Button>
        <Link to={`/console/counter/${caseId}`} className="button" data-test="sheet-back">
          {w.back}
        </Link>
      </p>
      <Trouble error={desk.error} />
      {!h && !desk.error && <Loading />}
      {h && c && (
        <>
          <h1>{w.title}</h1>
          {warningsOf(h).map((text) => (
            <p key={text} className="warned">
              {text}
            </p>
          ))}
          {warningsOf(h).length === 0 && <p>{w.none}</p>}
          <p>{w.never}</p>
          <p>{w.about}</p>
          <p className="amount numbers">{money(h.amount, locale)}</p>
          <Facts of={[[w.to, h.payee.name], [w.account, h.payee.account], [w.asked, dateTime(h.requested_at, locale, c.customer.time_zone)]]} />
          <p>{w.stop}</p>
          <p>{w.talk}</p>
          <p className="muted small">{w.printed(dateTime(c.now, locale, c.customer.time_zone))}</p>
        </>
      )}
    </main>
  );
}
