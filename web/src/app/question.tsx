// One question about one payment: a push. Approving takes two presses, on two
// views; refusing is as near as approving.
import { useState } from "react";
import { Button, Countdown, Field, Notice } from "../base/parts";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Challenge } from "../sdk";
import { Heading } from "./frame";
import type { Model } from "./model";
import { words } from "./words";

type Step = "warning" | "question" | "send" | "refuse" | "notMe";

export function Question({ c, model, more, onCode, onHelp }: { c: Challenge; model: Model; more: number; onCode: (() => void) | undefined; onHelp: () => void }) {
  const w = useWords(words);
  const [step, go] = useState<Step>(c.warning ? "warning" : "question");
  const [state, set] = useState<"" | "sending" | "trying" | "refused">("");
  const [refusal, refuse] = useState("");
  const answer = async (a: "approve" | "deny" | "not_me", uv: "none" | "pin") => {
    set("sending");
    const code = await model.answer(c, a, uv, () => set("trying"));
    if (code) {
      refuse(w.refusals[code] ?? w.refused);
      set("refused");
      go("question");
    }
  };
  if (state === "sending" || state === "trying")
    return (
      <section className="ask" data-test="sending">
        <Heading>{w.sending}</Heading>
        {state === "trying" && <Notice tone="warn">{w.stillSending}</Notice>}
      </section>
    );
  switch (step) {
    case "warning":
      return (
        <section className="ask" data-test="warning">
          <Heading>{w.warning}</Heading>
          <Notice tone="warn" title={c.warning} urgent>
            <p>{w.hangUp}</p>
          </Notice>
          <Button kind="primary" wide onClick={onHelp} data-test="warning-help">{w.callMe}</Button>
          <Button wide onClick={() => go("refuse")} data-test="refuse">{w.refuse}</Button>
          <Button kind="quiet" wide onClick={() => go("question")} data-test="onward">{w.onward}</Button>
        </section>
      );
    case "question":
      return (
        <section className="ask" data-test="question">
          <Heading>{w.question}</Heading>
          {refusal && <Notice tone="bad" urgent><span data-test="refusal">{refusal}</span></Notice>}
          <Payment c={c} />
          <Approval c={c} hasPIN={!!model.state.device?.pin} onApprove={() => go("send")} />
          <Button wide onClick={() => go("refuse")} data-test="refuse">{w.refuse}</Button>
          {onCode && <Button wide onClick={onCode} data-test="have-code">{w.haveCode}</Button>}
          <Button wide onClick={() => go("notMe")} data-test="not-me">{w.notMe}</Button>
          {more > 0 && <p className="muted">{w.more(more)}</p>}
        </section>
      );
    case "send":
      return <Send c={c} model={model} onBack={() => go("question")} onSend={(uv) => void answer("approve", uv)} />;
    case "refuse":
      return (
        <section className="ask" data-test="refuse-why">
          <Heading>{w.refuseTitle}</Heading>
          <p>{w.refuseText}</p>
          <Button kind="primary" wide onClick={() => void answer("deny", "none")} data-test="deny">{w.wrong}</Button>
          <Button wide onClick={() => void answer("deny", "none")}>{w.changed}</Button>
          <Button wide onClick={() => go("notMe")}>{w.notMe}</Button>
          <Button kind="quiet" wide onClick={() => go(c.warning ? "warning" : "question")}>{w.back}</Button>
        </section>
      );
    case "notMe":
      return (
        <section className="ask" data-test="not-me-sure">
          <Heading>{w.notMeTitle}</Heading>
          <p>{w.notMeText}</p>
          <Button kind="danger" wide onClick={() => void answer("not_me", "none")} data-test="not-me-do">{w.notMeDo}</Button>
          <Button wide onClick={() => go("question")}>{w.back}</Button>
        </section>
      );
  }
}

/** The whole document that is signed, the amount and the payee largest. */
export function Payment({ c }: { c: Challenge }) {
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
        <div>
          <dt>{w.account}</dt>
          <dd className="account numbers"><bdi>{d.payee.account}</bdi></dd>
        </div>
        <div>
          <dt>{w.kind}</dt>
          <dd>{w.kinds[d.kind]}, {w.made} {dateTime(d.time, locale)}</dd>
        </div>
        <div>
          <dt>{w.reference}</dt>
          <dd className="small"><bdi>{d.id}</bdi></dd>
        </div>
      </dl>
      <p className="phrase">
        {w.phrase} <strong data-test="phrase"><bdi>{c.phrase}</bdi></strong>
      </p>
      {c.reasons.length > 0 && (
        <div>
          <h2>{w.why}</h2>
          <ul className="reasons">{c.reasons.map((r) => <li key={r}>{r}</li>)}</ul>
        </div>
      )}
      <Countdown until={c.answerable_until} />
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
      {c.callback_only && <Notice tone="info">{c.callback_only}</Notice>}
      <Button kind="primary" wide onClick={onApprove} data-test="approve">{w.approve}</Button>
    </>
  );
}

/** The second press. It says again what leaves the account, and where to. */
function Send({ c, model, onBack, onSend }: { c: Challenge; model: Model; onBack: () => void; onSend: (uv: "none" | "pin") => void }) {
  const w = useWords(words), locale = useLocale();
  const [pin, setPIN] = useState(""), [error, fail] = useState(""), [busy, set] = useState(false);
  const wanted = c.min_uv === "pin";
  const send = async () => {
    if (!wanted) return onSend("none");
    set(true);
    const r = await model.pin(pin);
    set(false);
    if (r.ok) return onSend("pin");
    setPIN("");
    if (r.left === 0) model.forgotten();
    else fail(w.pinWrong(r.left));
  };
  return (
    <form className="ask" data-test="sure" onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <Heading>{w.sure}</Heading>
      <div>
        <p className="amount numbers">{money(c.document.amount, locale)}</p>
        <p className="payee"><bdi>{c.payee_shown}</bdi></p>
        <p className="account numbers"><bdi>{c.document.payee.account}</bdi></p>
      </div>
      <p>{w.sureText}</p>
      <Button wide onClick={onBack}>{w.back}</Button>
      {wanted && (
        <Field label={w.pinAsk} error={error}>
          <input type="password" inputMode="numeric" autoComplete="off" maxLength={8} value={pin} onChange={(e) => setPIN(e.target.value.replace(/\D/g, ""))} data-test="pin" />
        </Field>
      )}
      <Button type="submit" kind="primary" wide busy={busy} data-test="send">{w.send(money(c.document.amount, locale), c.payee_shown)}</Button>
    </form>
  );
}
