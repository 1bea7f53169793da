// The app in the customer's language, once its sentences are there.
import { useEffect, useState, type ReactNode } from "react";
import { LocaleProvider } from "../base/locale";
import { texts, type Spoken } from "../base/texts";

const again = 1000; // ms

/** Meanwhile nothing is shown at first, and afterwards the language of before. */
export function Speaks({ tag, children }: { tag: string; children: ReactNode }) {
  const [spoken, speak] = useState<Spoken>();
  useEffect(() => {
    let timer = 0, gone = false;
    const ask = () => texts(tag).then((s) => gone || speak(s), () => gone || (timer = window.setTimeout(ask, again)));
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [tag]);
  return spoken && <LocaleProvider {...spoken}>{children}</LocaleProvider>;
}
