// What every view stands in: the bank's name, how the connection is, whether the
// bank is calling, and the way to help.
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Button, Notice, Status } from "../base/parts";
import { useWords } from "../base/locale";
import { Bar, HelpProvider, Over } from "./bar";
import { words } from "./words";
import type { State } from "./model";
import { Protected } from "./protected";

type FrameProps = { name: string | undefined; state?: State; onHelp: () => void; bar?: ReactNode; children: ReactNode };

/** The bar has the way to help, or what is given. */
export function Frame({ name, state, onHelp, bar, children }: FrameProps) {
  const w = useWords(words);
  useEffect(() => {
    document.title = name ?? w.bank;
  }, [name, w]);
  return (
    <HelpProvider value={onHelp}>
      <header className="top">
        <span>{name ?? w.bank}</span>
        {state?.phase === "ready" && (
          <span role="status" data-test={`link-${state.link}`}>
            {state.link === "connecting" && <Status tone="quiet">{w.connecting}</Status>}
            {state.link === "socket" && <Status tone="good">{w.connected}</Status>}
            {state.link === "polling" && <Status tone="quiet">{w.polling}</Status>}
            {state.link === "cut" && <Status tone="warn">{w.cutOff}</Status>}
          </span>
        )}
      </header>
      <main>
        {state?.link === "cut" && <Notice tone="warn" title={w.cutOff}>{w.cutOffText}</Notice>}
        {state?.call.calling && <Calling key={state.call.number} call={state.call} />}
        {state?.protection && <Protected protection={state.protection} call={state.call} />}
        {children}
      </main>
      <Bar>{bar}</Bar>
    </HelpProvider>
  );
}

/** Who calls, and the digits that prove each to the other: over everything, until it has been read. */
function Calling({ call }: { call: State["call"] }) {
  const w = useWords(words);
  const [read, set] = useState(false);
  const title = (call.rang_in ? w.rangIn : w.calling)(call.agent || w.somebody);
  const said = (
    <>
      {call.checked && <Notice tone="good"><span data-test="digits-right">{w.readRight}</span></Notice>}
      {call.number && !call.checked && (
        <>
          <p>{w.readOut}</p>
          <p className="digits numbers" data-test="digits">{call.number}</p>
        </>
      )}
      <p>
        <strong>{w.neverAsk}</strong>
      </p>
    </>
  );
  if (read || call.checked)
    return (
      <section className="card stack" aria-label={title} data-test="calling">
        <h2>{title}</h2>
        {said}
      </section>
    );
  return (
    <Over title={title} onClose={() => set(true)}>
      <div className="stack" data-test="calling">
        {said}
        <Button kind="primary" wide onClick={() => set(true)} data-test="calling-read">{w.readDone}</Button>
      </div>
    </Over>
  );
}

/** One view: its heading takes the focus when it comes, so that it is read out. With onSubmit it is a form. A tall one has its last button at the bottom, where nothing that comes later moves it. */
export function View({ test, title, tall, onSubmit, children }: { test: string; title: string; tall?: boolean; onSubmit?: () => void; children: ReactNode }) {
  const inside = (
    <>
      <Heading>{title}</Heading>
      {children}
    </>
  );
  if (!onSubmit) return <section key={test} className={tall ? "ask tall" : "ask"} data-test={test}>{inside}</section>;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onSubmit();
  };
  return <form key={test} className="ask" data-test={test} noValidate onSubmit={submit}>{inside}</form>;
}

function Heading({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    // In a frame it leaves the page around it where it is, and the focus as well.
    if (window.parent === window || document.hasFocus()) ref.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** A view that says one thing, with at most one way on. */
export const Said = ({ test, title, text, act, onAct }: { test: string; title: string; text: string; act?: string; onAct?: () => void }) => (
  <View test={test} title={title}>
    <p>{text}</p>
    {act && onAct && <Button kind="primary" wide onClick={onAct} data-test={`${test}-act`}>{act}</Button>}
  </View>
);
