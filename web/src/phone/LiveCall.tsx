// A call that rings or runs.
import { useState } from "react";
import { useWords } from "../base/locale";
import { Button, Notice, Status } from "../base/parts";
import { Since } from "./Since";
import { onCall, ringing, type Call } from "./shown";
import { words } from "./words";

export function LiveCall({ call }: { call: Call }) {
  const w = useWords(words);
  const [failed, setFailed] = useState(false);
  const act = (what: "answer" | "decline" | "hangup") => async () => setFailed(!(await onCall(call, what)));
  return (
    <div className="live" role="group" aria-label={w.rings} data-test="call">
      {ringing(call) ? (
        <>
          <div role="status"><Status tone="info">{w.rings}</Status> <span className="numbers">{w.from(call.from)}</span></div>
          <div className="row">
            <Button kind="primary" onClick={act("answer")} data-test="call-answer">{w.answer}</Button>
            <Button onClick={act("decline")} data-test="call-decline">{w.decline}</Button>
          </div>
        </>
      ) : (
        <>
          <Status tone="good"><Since at={call.answered_at ?? call.at} say={w.talking} /></Status>
          {call.said && <p role="status">{w.said}: “{call.said}”</p>}
          <Button onClick={act("hangup")} data-test="call-hangup">{w.hangUp}</Button>
          <Keypad />
        </>
      )}
      {failed && <Notice tone="warn" title={w.failed} urgent />}
    </div>
  );
}

/** Keys, as a phone has them. Holdfast's calls listen to none: a number that
 * could be typed in could be phished. */
function Keypad() {
  const w = useWords(words);
  const [pressed, press] = useState("");
  return (
    <details>
      <summary data-test="keypad">{w.keypad}</summary>
      <p className="small">{w.keys}</p>
      <div className="keys">
        {[..."123456789*0#"].map((k) => (
          <Button key={k} onClick={() => press((p) => (p + k).slice(-20))}>{k}</Button>
        ))}
      </div>
      <p className="numbers" role="status">{pressed && `${w.pressed} ${pressed}`}</p>
    </details>
  );
}
