import "../base/base.css";
import "./app.css";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { keepFocus } from "../base/focus";
import { browserTag, useWords } from "../base/locale";
import { findBank } from "../sdk";
import { App } from "./app";
import { Frame, Said } from "./frame";
import { Model } from "./model";
import { Speaks } from "./speaks";
import { words } from "./words";

function SignedOut() {
  const w = useWords(words);
  const [help, ask] = useState(false);
  return (
    <Frame name={undefined} onHelp={() => ask(true)}>
      {help ? (
        <Said test="help-unknown" title={w.helpTitle} text={w.helpUnknown} act={w.back} onAct={() => ask(false)} />
      ) : (
        <Said test="signed-out" title={w.openFromBank} text={w.openFromBankText} />
      )}
    </Frame>
  );
}

const bank = findBank();
keepFocus();
createRoot(document.getElementById("root")!).render(
  bank ? (
    <App model={new Model(bank)} />
  ) : (
    <Speaks tag={browserTag()}>
      <SignedOut />
    </Speaks>
  ),
);
