// Stands for a bank's sign-in: who uses the app, on a phone the bank knows or on
// a new one.
import { useState } from "react";
import { useLocale, useWords, type Words } from "../base/locale";
import { languageName } from "../base/format";
import { Button, Loading, Notice } from "../base/parts";
import { useDev, type People } from "../dev/dev";
import { know, sandboxPIN } from "../dev/know";
import { forgetDevice } from "../sdk";
import { Languages } from "../dev/Languages";

const words: Words<{ title: string; about: string; reads: (l: string) => string; known: string; knownWhy: string; fresh: string; freshWhy: string; failed: string; again: string }> = {
  en: {
    title: "Who is using the app?", about: "This page stands for your bank’s own sign-in. Only the development stack has it.", reads: (l) => `Reads ${l}`,
    known: "On a phone the bank knows", knownWhy: `It may approve payments, with the PIN ${sandboxPIN}.`, fresh: "On a new phone", freshWhy: "The app enrols it. For a while it may refuse payments, and not approve.", failed: "That did not work", again: "Is the stack still running? Try again.",
  },
  "zh-Hans": {
    title: "谁在使用应用？", about: "此页面代替银行自己的登录，只存在于开发环境中。", reads: (l) => `使用${l}`,
    known: "用银行已登记的手机", knownWhy: `可以同意付款，PIN 码是 ${sandboxPIN}。`, fresh: "用一部新手机", freshWhy: "应用会先登记这部手机。在一段时间内，它可以拒绝付款，但不能同意付款。", failed: "操作未成功", again: "开发环境还在运行吗？请重试。",
  },
};

/** Where to go on: a path of this origin, the app by default. */
function onward(customer: string): string {
  const asked = new URL(new URLSearchParams(location.search).get("return") ?? "/app", location.origin);
  const to = asked.origin === location.origin ? asked : new URL("/app", location.origin);
  to.searchParams.set("customer", customer);
  return to.pathname + to.search;
}

export function Pick() {
  const w = useWords(words), locale = useLocale();
  const people = useDev<People>("people");
  const [busy, setBusy] = useState(""), [failed, setFailed] = useState(false);
  const go = (customer: string, known: boolean) => async () => {
    setBusy(`${customer} ${known}`);
    setFailed(false);
    try {
      await (known ? know(customer) : forgetDevice(customer));
      location.assign(onward(customer));
    } catch {
      setFailed(true);
      setBusy("");
    }
  };
  if (people === null) return <main className="pick"><Loading /></main>;
  return (
    <main className="pick stack" data-test="pick">
      <div className="row apart"><h1>{w.title}</h1><Languages /></div>
      <p>{w.about}</p>
      {(failed || people === "failed") && <Notice tone="warn" title={w.failed} urgent>{w.again}</Notice>}
      {people !== "failed" && people.customers.map((c) => (
        <section key={c.id} className="card stack tight" aria-label={c.name}>
          <h2>{c.name}</h2>
          <p className="muted">{w.reads(languageName(c.locale, locale))}</p>
          <Button wide busy={busy === `${c.id} true`} onClick={go(c.id, true)} data-test={`known-${c.id}`}><strong>{w.known}</strong><span>{w.knownWhy}</span></Button>
          <Button wide busy={busy === `${c.id} false`} onClick={go(c.id, false)} data-test={`new-${c.id}`}><strong>{w.fresh}</strong><span>{w.freshWhy}</span></Button>
        </section>
      ))}
    </main>
  );
}
