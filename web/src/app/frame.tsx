// What every view stands in: the bank's name, how the connection is, and
// whether the bank is calling.
import { useEffect, useRef, type ReactNode } from "react";
import { Notice, Status } from "../base/parts";
import { useWords } from "../base/locale";
import { words } from "./words";
import type { State } from "./model";

export function Frame({ name, state, children }: { name: string | undefined; state?: State; children: ReactNode }) {
  const w = useWords(words);
  return (
    <>
      <header className="top">
        <span>{name ?? w.bank}</span>
        {state?.phase === "ready" && state.link !== "connecting" && (
          <span role="status" data-test={`link-${state.link}`}>
            {state.link === "socket" && <Status tone="good">{w.connected}</Status>}
            {state.link === "polling" && <Status tone="quiet">{w.polling}</Status>}
            {state.link === "cut" && <Status tone="warn">{w.cutOff}</Status>}
          </span>
        )}
      </header>
      <main>
        {state?.link === "cut" && <Notice tone="warn">{w.cutOffText}</Notice>}
        {state?.call.calling && <Calling call={state.call} />}
        {children}
      </main>
    </>
  );
}

/** Over everything else: who calls, and the digits that prove each to the other. */
function Calling({ call }: { call: State["call"] }) {
  const w = useWords(words);
  return (
    <section className="card stack" role="alert" data-test="calling">
      <h2>{(call.rang_in ? w.rangIn : w.calling)(call.agent ?? "")}</h2>
      {call.number && (
        <>
          <p>{w.readOut}</p>
          <p className="digits numbers" data-test="digits">{call.number}</p>
        </>
      )}
      <p>
        <strong>{w.neverAsk}</strong>
      </p>
    </section>
  );
}

/** A view's heading. It takes the focus when the view comes, so that it is read out. */
export function Heading({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => ref.current?.focus(), []);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}
