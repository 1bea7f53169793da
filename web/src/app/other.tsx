// Questions that are no push: a code that came by text, and a face check.
import { useState } from "react";
import { Button, Field, Notice } from "../base/parts";
import { left } from "../base/format";
import { useNow } from "../base/clock";
import { Refused } from "../base/api";
import { useLocale, useWords } from "../base/locale";
import type { Challenge } from "../sdk";
import { Heading } from "./frame";
import type { Model } from "./model";
import { Payment } from "./question";
import { words } from "./words";

export function Code({ c, model }: { c: Challenge; model: Model }) {
  const w = useWords(words);
  const [code, type] = useState(""), [error, fail] = useState(""), [busy, set] = useState(false);
  const digits = c.code?.digits ?? 6;
  const send = async () => {
    if (code.length !== digits) return fail(w.codeDigits(digits));
    set(true);
    const refused = await model.code(c, code);
    set(false);
    if (!refused) return;
    type("");
    if (refused.code === "code_incorrect") fail(refused.left ? w.codeWrong(refused.left) : w.codeSpent);
    else fail(refused.code === "challenge_exhausted" ? w.codeSpent : (w.refusals[refused.code] ?? w.refused));
  };
  return (
    <form className="ask" data-test="code" onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <Heading>{w.codeTitle}</Heading>
      {c.warning && <Notice tone="warn" title={c.warning} urgent />}
      <Payment c={c} />
      {c.code?.tries_left === 0 ? (
        <Notice tone="warn">{w.codeSpent}</Notice>
      ) : (
        <>
          <Field label={w.code} hint={`${w.sentTo(c.code?.sent_to ?? "")} ${w.codeNever}`} error={error}>
            <input className="code numbers" inputMode="numeric" autoComplete="one-time-code" value={code} data-test="code-input"
              onChange={(e) => type(e.target.value.replace(/\D/g, "").slice(0, digits))} />
          </Field>
          <Button type="submit" kind="primary" wide busy={busy} data-test="code-send">{w.codeSend}</Button>
        </>
      )}
      <Resend c={c} model={model} />
    </form>
  );
}

function Resend({ c, model }: { c: Challenge; model: Model }) {
  const w = useWords(words), locale = useLocale(), at = useNow();
  const [said, say] = useState(""), [until, wait] = useState(c.code?.resend_at);
  const next = until ?? c.code?.resend_at;
  const ms = next ? Date.parse(next) - at : 0;
  const resend = async () => {
    try {
      wait((await model.client.resend(c.id)).resend_at);
      say(w.resent);
    } catch (e) {
      say(e instanceof Refused && e.code === "resend_limit" ? w.noMoreTexts : w.refused);
    }
  };
  if (!next) return <p className="muted">{w.noMoreTexts}</p>;
  return (
    <div className="stack tight">
      {ms > 0 ? <p className="muted numbers">{w.resendIn(left(ms, locale))}</p> : <Button wide onClick={() => void resend()} data-test="resend">{w.resend}</Button>}
      <p role="status">{said}</p>
    </div>
  );
}

export function Face({ c, model }: { c: Challenge; model: Model }) {
  const w = useWords(words);
  const [state, set] = useState<"" | "busy" | "opened" | "spent" | "failed">("");
  const open = async () => {
    const tab = window.open("", "_blank"); // before waiting, or the browser refuses it
    set("busy");
    try {
      const url = await model.client.link(c.id);
      if (tab) tab.location.replace(url);
      else location.assign(url);
      set("opened");
    } catch (e) {
      tab?.close();
      set(e instanceof Refused && e.code === "link_limit" ? "spent" : "failed");
    }
  };
  return (
    <section className="ask" data-test="face">
      <Heading>{w.faceTitle}</Heading>
      <Payment c={c} />
      <p>{w.faceText}</p>
      {state === "opened" && <Notice tone="info">{w.faceOpened}</Notice>}
      {state === "failed" && <Notice tone="bad" urgent>{w.refused}</Notice>}
      {state === "spent" ? <Notice tone="warn">{w.faceSpent}</Notice> : (
        <Button kind={state === "opened" ? undefined : "primary"} wide busy={state === "busy"} onClick={() => void open()} data-test="face-open">{state === "opened" ? w.faceAgain : w.faceOpen}</Button>
      )}
    </section>
  );
}
