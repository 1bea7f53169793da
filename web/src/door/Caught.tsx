// The payments to one account, and the button that has the bank's people do what comes next.
import { useState } from "react";
import { money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Status, type Tone } from "../base/parts";
import type { Customer } from "../dev/dev";
import type { Hold } from "./hold";
import { actOf, type Caught as Story } from "./payee";
import { words } from "./payeeWords";

export function Caught({ story, people, seen, see }: { story: Story; people: Customer[]; seen: string; see: (customer: string) => void }) {
  const w = useWords(words), locale = useLocale();
  const name = (h: Hold) => people.find((c) => c.id === h.customer_id)?.name ?? h.customer_id;
  const holds = [story.own, story.waits, story.gone].filter((h) => h !== null);
  return (
    <section className="card stack caught" aria-labelledby="caught" data-test="caught" data-step={story.step}>
      <h2 id="caught">{w.title}</h2>
      <ul className="payments">
        {holds.map((h) => {
          const { tone, text } = state(w, h, h === story.gone ? story.recall : null, locale);
          return (
            <li key={h.id} data-test={`paid-${h.customer_id}`}>
              <strong>{name(h)}</strong>
              <span className="numbers">{money(h.amount, locale)}</span>
              <Status tone={tone}>{text}</Status>
              <Button disabled={seen === h.customer_id} onClick={() => see(h.customer_id)} data-test={`see-${h.customer_id}`}>{seen === h.customer_id ? w.seen : w.see(name(h))}</Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

type W = (typeof words)["en"];

function state(w: W, h: Hold, recall: Story["recall"], locale: ReturnType<typeof useLocale>): { tone: Tone; text: string } {
  if (recall) {
    const back = recall.returned ? money(recall.returned, locale) : "";
    return { tone: recall.status === "returned" ? "good" : recall.status === "refused" ? "bad" : "info", text: w.recall[recall.status]!(back) };
  }
  if (h.decision?.outcome === "release") return { tone: "warn", text: w.gone };
  if (h.decision) return { tone: "good", text: w.stays };
  return h.callback_only ? { tone: "warn", text: w.callOnly } : { tone: "info", text: w.asked };
}

/** The act that comes next, by whom it takes. */
export function NextAct({ story }: { story: Story }) {
  const w = useWords(words);
  const [state, set] = useState<"" | "busy" | "failed">("");
  const next = actOf(story.step);
  if (!next) return null;
  const go = async () => {
    set("busy");
    set(await story.act(next).then(() => "", () => "failed" as const));
  };
  return (
    <div className="row day">
      <Button kind="primary" busy={state === "busy"} onClick={() => void go()} data-test={`act-${next}`}>{w.acts[next]}</Button>
      <span role="status">{state === "failed" ? w.failed : ""}</span>
    </div>
  );
}
