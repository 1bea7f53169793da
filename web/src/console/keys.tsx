// One-letter keys. They do nothing while somebody types, and can be switched off
// (WCAG 2.1.4).
import { useEffect, useRef } from "react";
import { Dialog, Button } from "../base/parts";
import { useWords } from "../base/locale";
import { choose, keysOn, useSettings } from "./settings";
import { frame } from "./words/frame";

// Boxes to tick, and the like, take no letters.
const typing = (t: EventTarget | null) =>
  t instanceof HTMLInputElement ? !/^(checkbox|radio|range)$/.test(t.type) : t instanceof HTMLElement && (t.isContentEditable || /^(TEXTAREA|SELECT)$/.test(t.tagName));

/** Does what a key says, while the part shows. An open dialog keeps them off. */
export function useKeys(keys: Record<string, (() => void) | undefined>) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (!keysOn() || e.ctrlKey || e.metaKey || e.altKey || e.repeat || e.isComposing || typing(e.target) || document.querySelector("dialog[open]")) return;
      const act = latest.current[e.key];
      if (!act) return;
      e.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const w = useWords(frame), { keys } = useSettings();
  return (
    <Dialog title={w.keysTitle} onClose={onClose}>
      <table data-test="key-help">
        <thead>
          <tr>
            <th scope="col">{w.key}</th>
            <th scope="col">{w.does}</th>
          </tr>
        </thead>
        <tbody>
          {w.keyList.map(([key, does]) => (
            <tr key={key}>
              <td>
                <kbd>{key}</kbd>
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">{w.keysNote}</p>
      <label className="tick">
        <input type="checkbox" checked={keys} onChange={(e) => choose({ keys: e.target.checked })} data-test="keys-on" />
        {w.keysOn}
      </label>
      <div className="actions">
        <Button kind="primary" onClick={onClose} data-test="close">
          {w.close}
        </Button>
      </div>
    </Dialog>
  );
}
