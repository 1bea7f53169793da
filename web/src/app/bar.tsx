// The way to help, at the foot of every page and in view whatever is scrolled: also
// over a dialog, behind which nothing can be pressed, and above the keyboard of a phone.
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { Button, Dialog, Icon } from "../base/parts";
import { useWords } from "../base/locale";
import { words } from "./words";

const Help = createContext<() => void>(() => undefined);
export const HelpProvider = Help.Provider;

/** The bar; without children, with the way to help. */
export function Bar({ children }: { children?: ReactNode }) {
  const w = useWords(words);
  useEffect(aboveKeyboard, []);
  return (
    <aside className="bar" aria-label={w.helpTitle}>
      {children ?? <Scammed />}
    </aside>
  );
}

function Scammed({ first }: { first?: () => void }) {
  const w = useWords(words), help = useContext(Help);
  const press = () => {
    first?.();
    help();
  };
  return (
    <Button wide className="scammed" onClick={press} data-test="help">
      <Icon tone="warn" />
      {w.help}
    </Button>
  );
}

const doubleTap = 700; // ms

/** The second press, where the first was: it takes none of a double tap. */
export function StopAll({ busy, onDo }: { busy: boolean; onDo: () => void }) {
  const w = useWords(words);
  const [early, set] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => set(false), doubleTap);
    return () => clearTimeout(timer);
  }, []);
  return <Button kind="primary" wide disabled={early} busy={busy} onClick={onDo} data-test="help-do">{w.helpDo}</Button>;
}

/** A question over the page, with the bar in it. */
export function Over({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div className="bar">
        <Scammed first={onClose} />
      </div>
    </Dialog>
  );
}

/** Some phones lay their keyboard over the page and do not shrink it. */
function aboveKeyboard() {
  const seen = window.visualViewport;
  if (!seen) return;
  const lift = () => {
    const hidden = seen.scale > 1 ? 0 : Math.max(0, innerHeight - seen.height - seen.offsetTop);
    document.documentElement.style.setProperty("--keyboard", `${hidden}px`);
  };
  seen.addEventListener("resize", lift);
  seen.addEventListener("scroll", lift);
  lift();
  return () => {
    seen.removeEventListener("resize", lift);
    seen.removeEventListener("scroll", lift);
  };
}
