// May I trust this account? It is asked before paying. What is not known is never shown
// as if it were safe: there is no tick here, and no green.
import { useState, type ReactNode } from "react";
import { Button, Field, Notice } from "../base/parts";
import { useWords } from "../base/locale";
import type { PayeeAnswer } from "../sdk";
import { Refused } from "../sdk/api";
import { checkWords } from "./checkwords";
import { View } from "./frame";
import type { Model } from "./model";
import { words } from "./words";

type Said = { account: string; answer?: PayeeAnswer; often?: boolean };

export function Check({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(words), c = useWords(checkWords);
  const [account, setAccount] = useState(""), [name, setName] = useState("");
  const [wrong, set] = useState(""), [busy, work] = useState(false), [said, say] = useState<Said>();
  const ask = async () => {
    set(account.trim() ? "" : c.accountBad);
    if (!account.trim()) return;
    work(true);
    await model.client.payee(account.trim(), name.trim(), model.state.me?.locale).then(
      (answer) => say({ account, answer }),
      (e) => {
        const code = e instanceof Refused ? e.code : "";
        if (code === "field_invalid") set(c.accountWrong);
        else say({ account, often: code === "check_limit" });
      },
    );
    work(false);
  };
  const again = () => {
    if (said?.answer) { // what was not answered is asked again as it is
      setAccount("");
      setName("");
    }
    say(undefined);
  };
  if (said) return <Answer said={said} onAgain={again} onBack={onBack} />;
  return (
    <View test="check" title={c.title} onSubmit={() => void ask()}>
      <p>{c.text}</p>
      <Field label={c.account} hint={c.accountHint} error={wrong}>
        <input value={account} maxLength={64} autoComplete="off" autoCapitalize="characters" spellCheck={false} onChange={(e) => setAccount(e.target.value)} data-test="check-account" />
      </Field>
      <Field label={c.name} hint={c.nameHint}>
        <input value={name} maxLength={140} autoComplete="off" spellCheck={false} onChange={(e) => setName(e.target.value)} data-test="check-name" />
      </Field>
      <Button type="submit" kind="primary" wide busy={busy} data-test="check-do">{c.ask}</Button>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
    </View>
  );
}

function Answer({ said, onAgain, onBack }: { said: Said; onAgain: () => void; onBack: () => void }) {
  const w = useWords(words), c = useWords(checkWords), { answer } = said;
  const listed = answer?.known === "listed";
  const title = !answer ? (said.often ? c.often : c.away) : listed ? c.listed : answer.name_check === "no_match" ? c.misnamed : answer.name_check === "close" ? c.nearly : c.unknown;
  const test = !answer ? (said.often ? "check-often" : "check-away") : listed ? "check-listed" : "check-unknown";
  return (
    <View test={test} title={title}>
      <p>
        {c.askedAbout} <bdi className="account numbers">{said.account}</bdi>
      </p>
      {!answer && <Notice tone="warn">{said.often ? c.oftenText : c.awayText}</Notice>}
      {listed && (
        <Notice tone="bad" title={c.listedText}>
          <ul className="reasons">{answer.warnings.map((x) => <li key={x.category}>{x.text}</li>)}</ul>
          <p>{c.listedNext}</p>
        </Notice>
      )}
      {answer && warnsOf(answer) && <Named answer={answer} />}
      {answer && !listed && <Notice tone="info">{c.unknownText}</Notice>}
      {answer && !warnsOf(answer) && <Named answer={answer} />}
      {!listed && <Advice title={c.before}>{Object.values(c.advice).map((x) => <li key={x}>{x}</li>)}</Advice>}
      <Button wide onClick={onAgain} data-test="check-again">{answer || said.often ? c.another : c.again}</Button>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
    </View>
  );
}

const warnsOf = (a: PayeeAnswer) => a.name_check === "no_match" || a.name_check === "close";

/** Whether the name fits. That it does is no praise. */
function Named({ answer }: { answer: PayeeAnswer }) {
  const c = useWords(checkWords);
  if (!answer.name_check) return null;
  const warns = warnsOf(answer);
  return (
    <Notice tone={warns ? "warn" : "info"}>
      <p data-test={`check-name-${answer.name_check}`}>{c.sentence(answer.name_text ?? "")}</p>
      {warns && <p>{c.nameNext}</p>}
      {answer.name_check === "match" && <p>{c.fits}</p>}
    </Notice>
  );
}

const Advice = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="stack" aria-label={title}>
    <h2>{title}</h2>
    <ul className="reasons">{children}</ul>
  </section>
);
