// A code that came by text.
import { useState, type ReactNode } from "react";
import { Button, Field, Notice } from "../base/parts";
import { left } from "../base/format";
import { useNow } from "../base/clock";
import { Refused as Refusal } from "../sdk/api";
import { useLocale, useWords } from "../base/locale";
import type { Challenge } from "../sdk";
import { View } from "./frame";
import type { Model } from "./model";
import { Payment, Refused } from "./question";
import { words } from "./words";

export function Code({ c, model, refusal, children }: { c: Challenge; model: Model; refusal: string; children: ReactNode }) {
  const w = useWords(words);
  const [code, type] = useState(""), [error, fail] = useState(""), [busy, set] = useState(false);
  const digits = c.code?.digits ?? 6, spent = c.code?.tries_left === 0;
  const send = async () => {
    if (code.length !== digits) return fail(w.codeDigits(digits));
    set(true);
    const why = await model.code(c, code);
    set(false);
    if (!why) return;
    if (why.code === "unreachable") return fail(w.codeUnsent); // what was typed stays
    type("");
    if (why.code === "code_incorrect") fail(why.left ? w.codeWrong(why.left) : w.codeSpent);
    else fail(why.code === "challenge_exhausted" ? w.codeSpent : (w.refusals[why.code] ?? w.refused));
  };
  // One that came by the socket says nothing of its text yet: a list does, in a moment.
  if (!c.code?.sent)
    return (
      <View test="code-coming" title={w.codeComing}>
        <Refused why={refusal} />
        <Payment c={c} model={model} />
        <p role="status">{w.codeComingText}</p>
        {children}
      </View>
    );
  return (
    <View test="code" title={w.codeTitle} onSubmit={() => void send()}>
      <Refused why={refusal} />
      <Payment c={c} model={model} />
      {spent && <Notice tone="warn" urgent><span data-test="code-spent">{w.codeSpent}</span></Notice>}
      {!spent && (
        <Field label={w.code} hint={`${w.sentTo((c.code?.sent_to ?? "").replace("…", ""))} ${w.codeNever}`} error={error}>
          <input className="code numbers" inputMode="numeric" autoComplete="one-time-code" value={code} data-test="code-input"
            onChange={(e) => type(e.target.value.replace(/\D/g, "").slice(0, digits))} />
        </Field>
      )}
      {!spent && <Button type="submit" kind="primary" wide busy={busy} data-test="code-send">{w.codeSend}</Button>}
      {!spent && <Resend c={c} model={model} />}
      {children}
    </View>
  );
}

function Resend({ c, model }: { c: Challenge; model: Model }) {
  const w = useWords(words), locale = useLocale(), at = useNow();
  const [said, say] = useState(""), [again, wait] = useState("");
  const next = [c.code?.resend_at ?? "", again].sort().at(-1)!; // a list may be older than the reply
  const ms = Date.parse(next) - at;
  const resend = async () => {
    try {
      wait((await model.client.resend(c.id)).resend_at);
      say(w.resent);
    } catch (e) {
      say((e instanceof Refusal && w.refusals[e.code]) || w.refused);
    }
  };
  return (
    <div className="stack tight">
      {!next && <p className="muted">{w.noMoreTexts}</p>}
      {next && ms > 0 && <p className="muted numbers">{w.resendIn(left(ms, locale))}</p>}
      {next && ms <= 0 && <Button wide onClick={() => void resend()} data-test="resend">{w.resend}</Button>}
      <p role="status">{said}</p>
    </div>
  );
}
