// A push: is this payment right? Approving takes two presses, on two views.
import { useRef, useState, type MouseEvent, type ReactNode } from "react";
import { Button, Countdown, Field, Notice } from "../base/parts";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Challenge } from "../sdk";
import { View } from "./frame";
import type { Model } from "./model";
import { words } from "./words";

export function Question({ c, model, refusal, onApprove, children }: { c: Challenge; model: Model; refusal: string; onApprove: () => void; children: ReactNode }) {
  const w = useWords(words);
  return (
    <View test="question" title={w.question}>
      <Refused why={refusal} />
      <Payment c={c} model={model} />
      <YouSaid c={c} />
      <Approval c={c} hasPIN={!!model.state.device?.pin} onApprove={onApprove} />
      {children}
    </View>
  );
}

/** Why an answer does not count. */
export const Refused = ({ why }: { why: string }) =>
  why ? <Notice tone="warn" urgent><span data-test="refusal">{why}</span></Notice> : null;

/** An IBAN (ISO 13616) in fours, as it is printed; every other account as it is. */
const grouped = (account: string) => (/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(account) ? account.replace(/(.{4})(?=.)/g, "$1 ") : account);

/** The whole document that is signed, the amount and the payee largest. */
export function Payment({ c, model }: { c: Challenge; model: Model }) {
  const w = useWords(words), locale = useLocale(), d = c.document;
  return (
    <div className="ask">
      <div>
        <p className="amount numbers" data-test="amount">{money(d.amount, locale)}</p>
        <p className="payee">
          <span className="hide">{w.to}: </span>
          <bdi data-test="payee">{c.payee_shown}</bdi>
        </p>
      </div>
      <dl>
        <div className="first">
          <dt>{w.account}</dt>
          <dd className="account numbers"><bdi data-test="account">{grouped(d.payee.account)}</bdi></dd>
        </div>
        <div>
          <dt>{w.kind}</dt>
          <dd>{w.kinds[d.kind] ?? d.kind}, {w.made} {dateTime(d.time, locale)}</dd>
        </div>
        <div>
          <dt>{w.reference}</dt>
          <dd className="small"><bdi>{d.id}</bdi></dd>
        </div>
      </dl>
      {c.phrase && (
        <p className="phrase">
          {w.phrase} <strong data-test="phrase"><bdi>{c.phrase}</bdi></strong>
        </p>
      )}
      {c.reasons.length > 0 && (
        <div>
          <h2>{w.why}</h2>
          <ul className="reasons">{c.reasons.map((r) => <li key={r}>{r}</li>)}</ul>
        </div>
      )}
      <Countdown until={c.answerable_until} onOver={() => model.expire(c)} />
    </div>
  );
}

/** What the customer has said of the payment, shown back to them. */
export function YouSaid({ c }: { c: Challenge }) {
  const w = useWords(words), said = c.interview?.said ?? [];
  if (said.length === 0) return null;
  return (
    <div className="stack tight" data-test="you-said">
      <h2>{w.youSaid}</h2>
      <dl>
        {said.map((s) => (
          <div key={s.question} className="first">
            <dt>{s.question}</dt>
            <dd><strong>{s.answer}</strong></dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The way to approving, or why there is none on this device. */
function Approval({ c, hasPIN, onApprove }: { c: Challenge; hasPIN: boolean; onApprove: () => void }) {
  const w = useWords(words);
  const why = !c.can_approve ? c.why_not : c.min_uv === "biometric" ? w.uvTooWeak : c.min_uv === "pin" && !hasPIN ? w.noPIN : undefined;
  if (why) return <Notice tone="info"><span data-test="why-not">{why}</span></Notice>;
  return (
    <>
      {c.callback_only && <Notice tone="info" title={c.callback_only}><span data-test="callback-only">{w.weCall}</span></Notice>}
      <Button kind="primary" wide onClick={onApprove} data-test="approve">{c.callback_only ? w.approveByCall : w.approve}</Button>
    </>
  );
}

const doubleTap = 700; // ms

/** The second press. It says again what leaves the account, and where to. */
export function Send({ c, model, onBack, onSend }: { c: Challenge; model: Model; onBack: () => void; onSend: (uv: "none" | "pin") => void }) {
  const w = useWords(words), locale = useLocale(), amount = money(c.document.amount, locale);
  const [pin, setPIN] = useState(""), [error, fail] = useState(""), [busy, set] = useState(false);
  const wanted = c.min_uv === "pin", shown = useRef(performance.now());
  // A press by hand within the first moment is the second of a double tap on "Approve".
  const notYet = (e: MouseEvent) => e.detail > 0 && !wanted && e.timeStamp - shown.current < doubleTap && e.preventDefault();
  const send = async () => {
    if (!wanted) return onSend("none");
    set(true);
    const r = await model.pin(pin);
    set(false);
    if (r.ok) return onSend("pin");
    setPIN("");
    if (r.left === 0) model.forgotten("pin");
    else fail(w.pinWrong(r.left));
  };
  return (
    <View test="sure" title={c.callback_only ? w.sureByCall : w.sure} onSubmit={() => void send()}>
      <div>
        <p className="amount numbers">{amount}</p>
        <p className="payee"><bdi>{c.payee_shown}</bdi></p>
        <p className="account numbers"><bdi>{grouped(c.document.payee.account)}</bdi></p>
      </div>
      <p>{c.callback_only ? w.weCall : w.sureText}</p>
      {wanted && (
        <Field label={w.pinAsk} error={error}>
          <input type="password" inputMode="numeric" autoComplete="off" maxLength={8} value={pin} onChange={(e) => setPIN(e.target.value.replace(/\D/g, ""))} data-test="pin" />
        </Field>
      )}
      <Button type="submit" kind="primary" wide busy={busy} onClick={notYet} data-test="send">
        {c.callback_only ? w.sendByCall : w.send(amount, <bdi key="payee">{c.payee_shown}</bdi>)}
      </Button>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
    </View>
  );
}
