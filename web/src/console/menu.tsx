// The person's menu: language, theme, keys, the way out.
import { useEffect, useRef, useState } from "react";
import { locales } from "../base/locale";
import { useWords } from "../base/locale";
import { Button, Notice } from "../base/parts";
import { signOut, type Session } from "./session";
import { choose, useSettings, type Settings } from "./settings";
import { frame } from "./words/frame";

const own = { en: "English", "zh-Hans": "简体中文" };

export function Menu({ session, onKeys }: { session: Session; onKeys: () => void }) {
  const w = useWords(frame), { locale, theme } = useSettings();
  const box = useRef<HTMLDetailsElement>(null);
  const [failed, setFailed] = useState(false);
  const close = () => box.current?.removeAttribute("open");
  useEffect(() => {
    const outside = (e: Event) => {
      const within = box.current?.contains(e.target as Node);
      if (e instanceof KeyboardEvent ? e.key !== "Escape" : within) return;
      if (within && box.current?.open) box.current.querySelector("summary")?.focus();
      close();
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", outside);
    };
  }, []);
  const leave = (everywhere: boolean) => signOut(everywhere).catch(() => setFailed(true));
  return (
    <details className="menu" ref={box}>
      <summary data-test="menu">
        <span className="who">{session.given_name || session.name}</span> <span className="muted">{w.roles[session.role]}</span>
      </summary>
      <div className="card stack">
        <p>
          <strong>{session.name}</strong> <span className="muted">{session.sub}</span>
        </p>
        <fieldset>
          <legend>{w.language}</legend>
          {locales.map((l) => (
            <label className="tick" key={l} lang={l}>
              <input type="radio" name="language" checked={locale === l} onChange={() => choose({ locale: l })} data-test={`lang-${l}`} />
              {own[l]}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{w.theme}</legend>
          {(Object.keys(w.themes) as Settings["theme"][]).map((t) => (
            <label className="tick" key={t}>
              <input type="radio" name="theme" checked={theme === t} onChange={() => choose({ theme: t })} data-test={`theme-${t}`} />
              {w.themes[t]}
            </label>
          ))}
        </fieldset>
        <Button
          onClick={() => {
            box.current?.querySelector("summary")?.focus(); // where it is when the dialog has closed
            close();
            onKeys();
          }}
          data-test="menu-keys"
        >
          {w.keys} <kbd>?</kbd>
        </Button>
        <Button onClick={() => void leave(false)} data-test="signout">
          {w.signOut}
        </Button>
        <Button onClick={() => void leave(true)} data-test="signout-everywhere">
          {w.signOutAll}
        </Button>
        {failed && <Notice tone="bad" urgent>{w.signOutFailed}</Notice>}
      </div>
    </details>
  );
}
