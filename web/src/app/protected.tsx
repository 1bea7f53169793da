// What a frozen customer sees on every page: that they are protected, what is
// held, whether somebody calls, and how to reach the bank. It promises nothing
// that the bank has not said.
import { useId } from "react";
import { Icon } from "../base/parts";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import type { Call, Protection } from "../sdk";
import { words } from "./words";

const shown = 3; // held payments; on a small screen the page below has to be found

export function Protected({ protection: p, call }: { protection: Protection; call: Call }) {
  const w = useWords(words), locale = useLocale(), id = useId();
  const phone = p.phone && <a key="phone" className="numbers" href={`tel:${p.phone.replace(/[^+\d]/g, "")}`}>{p.phone}</a>;
  return (
    <section className="notice info" aria-labelledby={id} data-test="protected" data-call={p.call}>
      <Icon tone="info" />
      <div className="body">
        <h2 id={id}>{w.protected}</h2>
        {p.held.length === 0 ? (
          <p>{w.noneHeld}</p>
        ) : (
          <>
            <p>{w.held}</p>
            <ul className="reasons" data-test="held">
              {p.held.slice(0, shown).map((h) => (
                <li key={h.hold_id}>
                  <strong className="numbers">{money(h.amount, locale)}</strong> · <bdi>{h.payee.name}</bdi> · <bdi className="numbers">{h.payee.account}</bdi>
                </li>
              ))}
            </ul>
            {p.held.length > shown && <p>{w.moreHeld}</p>}
          </>
        )}
        <p role="status" data-test={p.call === "promised" ? (p.call_at ? "call-later" : "call-soon") : undefined}><strong>{useWho(p, call)}</strong></p>
        <p>{phone ? w.reach(phone) : w.reachCard}</p>
      </div>
    </section>
  );
}

/** Who calls, and when. */
function useWho(p: Protection, call: Call): string {
  const w = useWords(words), locale = useLocale();
  switch (p.call) {
    case "calling":
      return w.stop((call.rang_in ? w.rangIn : w.calling)(call.agent || w.somebody));
    case "promised":
      return p.call_at ? w.callLater(dateTime(p.call_at, locale)) : w.callSoon;
    default:
      return w.callNone;
  }
}
