// The small set of parts that every page is made of.
import { useEffect, useId, useRef, useState, type ButtonHTMLAttributes, type ReactElement, type ReactNode, cloneElement } from "react";
import { useNow } from "./clock";
import { left } from "./format";
import { useLocale, useWords } from "./locale";
import { said, section } from "./texts";

export type Tone = "good" | "warn" | "bad" | "info" | "quiet";

const paths: Record<Tone, string> = {
  good: "M5 13l4 4L19 7",
  warn: "M12 4l9 16H3L12 4zm0 6v4m0 3v.5",
  bad: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm-4 5l8 8m0-8l-8 8",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 8v6m0-9v.5",
  quiet: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3 3",
};

/** A tone's picture. It says nothing by itself: a word stands beside it. */
export const Icon = ({ tone }: { tone: Tone }) => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    <path d={paths[tone]} />
  </svg>
);

/** A status is picture, word and colour together. */
export const Status = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <span className={`status ${tone}`}>
    <Icon tone={tone} />
    {children}
  </span>
);

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: "primary" | "danger" | "quiet"; wide?: boolean; busy?: boolean };

/** While busy it takes no second press and keeps its words and the focus. */
export function Button({ kind, wide, busy, className, onClick, ...rest }: ButtonProps) {
  const names = ["button", kind, wide && "wide", className].filter(Boolean).join(" ");
  return <button type="button" {...rest} className={names} aria-disabled={busy || undefined} aria-busy={busy || undefined} onClick={busy ? (e) => e.preventDefault() : onClick} />;
}

/** Something to know. Urgent ones are read out at once. */
export const Notice = ({ tone, title, children, urgent }: { tone: Tone; title?: ReactNode; children?: ReactNode; urgent?: boolean }) => (
  <div className={`notice ${tone}`} role={urgent ? "alert" : "status"}>
    <Icon tone={tone} />
    <div className="body">
      {title && <strong>{title}</strong>}
      {children}
    </div>
  </div>
);

/** A labelled control with its hint and its error. */
export function Field({ label, hint, error, children }: { label: ReactNode; hint?: ReactNode; error?: ReactNode; children: ReactElement<Record<string, unknown>> }) {
  const id = useId();
  const described = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint && <span className="muted small" id={`${id}h`}>{hint}</span>}
      {cloneElement(children, { id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {error && <span className="error" id={`${id}e`} role="alert"><Icon tone="warn" /> {error}</span>}
    </div>
  );
}

/**
 * A question that has to be answered first. Escape closes it. Its heading has the
 * focus, or what is marked data-first: never a field into which the key that
 * opened it would be typed.
 */
export function Dialog({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const back = document.activeElement;
    const d = ref.current;
    if (d && !d.open) d.showModal();
    (d?.querySelector<HTMLElement>("[data-first]") ?? d?.querySelector("h2"))?.focus();
    return () => {
      if (back instanceof HTMLElement) back.focus();
    };
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose} onCancel={onClose}>
      <div className="stack">
        <h2 id={id} tabIndex={-1}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

const base = section("base.", { left: said("t") }, {
  en: { left: (t) => `${t} left`, minute: "One minute left", soon: "15 seconds left", loading: "Loading…" },
  "zh-Hans": { left: (t) => `剩余 ${t}`, minute: "还剩一分钟", soon: "还剩 15 秒", loading: "正在加载……" },
});

/** Time left, said aloud at 60 s and 15 s only. Below `soon` (ms) it warns; red is for what is over. */
export function Countdown({ until, onOver, soon = 60_000 }: { until: string; onOver?: () => void; soon?: number }) {
  const w = useWords(base), locale = useLocale();
  const ms = Date.parse(until) - useNow();
  const over = ms <= 0;
  const done = useRef(onOver);
  done.current = onOver;
  useEffect(() => {
    if (over) done.current?.();
  }, [over]);
  const [said, say] = useState("");
  const second = Math.ceil(ms / 1000), before = useRef(second);
  useEffect(() => {
    const past = (n: number) => before.current > n && second <= n; // a late tick may leave out a second
    if (past(15)) say(w.soon);
    else if (past(60)) say(w.minute);
    before.current = second;
  }, [second, w]);
  return (
    <span className="numbers">
      <Status tone={over ? "bad" : ms < soon ? "warn" : "quiet"}>{w.left(left(ms, locale))}</Status>
      <span className="hide" role="status">{said}</span>
    </span>
  );
}

export const Loading = () => (
  <p className="muted" role="status">
    {useWords(base).loading}
  </p>
);
