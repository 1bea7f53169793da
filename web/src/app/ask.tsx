// All that is asked about one payment: on one channel or several, with the
// warning of a scam first and refusing always at hand.
import { useState } from "react";
import { Button, Notice } from "../base/parts";
import { useWords } from "../base/locale";
import type { Answer, Challenge, UV } from "../sdk";
import { Code } from "./code";
import { StopButton } from "./emergency";
import { Face } from "./face";
import { Interview, Warned } from "./interview";
import { View } from "./frame";
import { IsIt } from "./safety";
import { byCall, type Model } from "./model";
import { Question, Send } from "./question";
import { words } from "./words";

type Step = "warning" | "payment" | "send" | "refuse" | "notMe";

export function Ask({ asked, model, more, onStop }: { asked: Challenge[]; model: Model; more: number; onStop: () => void }) {
  const w = useWords(words);
  const push = asked.find((x) => x.channel === "push");
  // What takes the least first. A question that comes later does not push it aside.
  const [chosen, choose] = useState((push?.can_approve ? push : asked.at(-1)!).id);
  const c = asked.find((x) => x.id === chosen) ?? asked.at(-1)!;
  const [step, go] = useState<Step>(asked.some((x) => x.warning) ? "warning" : "payment");
  const [state, set] = useState<"" | "sending" | "trying">(""), [refusal, refuse] = useState("");

  const answer = async (a: Answer, uv: UV = "none") => {
    set("sending");
    refuse("");
    const why = push ? await model.answer(push, a, uv, () => set("trying")) : await model.report(c.hold_id).catch(() => ({ code: "unreachable" }));
    set("");
    if (!why) return;
    refuse(w.refusals[why.code] ?? w.refused);
    go("payment");
  };

  // What comes before any way to pay, whatever the app had in mind.
  const talk = asked.find((x) => x.interview && x.interview.state !== "passed");
  if (!state && talk && step !== "refuse" && step !== "notMe")
    return talk.interview!.state === "open" ? (
      <Interview c={talk} model={model} onRefuse={() => go("refuse")} />
    ) : (
      <Warned c={talk} model={model} onStop={() => go("refuse")} />
    );
  if (state)
    return (
      <View test="sending" title={w.sending}>
        {state === "trying" && <Notice tone="warn">{w.stillSending}</Notice>}
      </View>
    );
  switch (step) {
    case "warning":
      return (
        <View test="warning" title={w.warning}>
          <Notice tone="warn" title={asked.find((x) => x.warning)?.warning}>
            <p>{byCall(model.state.call, w.onLine, w.endOthers, w.hangUp)}</p>
          </Notice>
          <Button kind="primary" wide onClick={() => go("refuse")} data-test="refuse">{w.refuse}</Button>
          <Button kind="quiet" wide onClick={() => go("payment")} data-test="onward">{w.onward}</Button>
        </View>
      );
    case "send":
      return <Send c={c} model={model} onBack={() => go("payment")} onSend={(uv) => void answer("approve", uv)} />;
    case "refuse":
      return (
        <View test="refuse-why" title={w.refuseTitle}>
          {push ? <p>{w.refuseText}</p> : <Notice tone="info">{w.refuseByText}</Notice>}
          {push && <Button kind="primary" wide onClick={() => void answer("deny")} data-test="deny">{w.wrong}</Button>}
          {push && <Button wide onClick={() => void answer("deny")} data-test="deny-changed">{w.changed}</Button>}
          <Button wide onClick={() => go("notMe")} data-test="refuse-not-me">{w.notMe}</Button>
          <Button kind="quiet" wide onClick={() => go("payment")} data-test="back">{w.back}</Button>
        </View>
      );
    case "notMe":
      return (
        <View test="not-me-sure" title={w.notMeTitle}>
          <p>{w.notMeText}</p>
          <Button kind="danger" wide onClick={() => void answer("not_me")} data-test="not-me-do">{w.notMeDo}</Button>
          <Button wide onClick={() => go("payment")} data-test="back">{w.back}</Button>
        </View>
      );
  }
  const rest = (
    <>
      <Button wide onClick={() => go("refuse")} data-test="refuse">{w.refuse}</Button>
      <Button wide onClick={() => go("notMe")} data-test="not-me">{w.notMe}</Button>
      {asked.map((x) => x !== c && <Button key={x.id} kind="quiet" wide onClick={() => choose(x.id)} data-test={x.channel === "sms" ? "have-code" : `by-${x.channel}`}>{w.by[x.channel]}</Button>)}
      <IsIt model={model} />
      <StopButton onClick={onStop} />
      {more > 0 && <p className="muted">{w.more(more)}</p>}
    </>
  );
  if (c.channel === "sms") return <Code c={c} model={model} refusal={refusal}>{rest}</Code>;
  if (c.channel === "facelink") return <Face c={c} model={model} refusal={refusal}>{rest}</Face>;
  return <Question c={c} model={model} refusal={refusal} onApprove={() => go("send")}>{rest}</Question>;
}
