import { locales, useLocale } from "../base/locale";
import { inLanguage } from "./dev";

const names = { en: "English", "zh-Hans": "中文" };

/** The way to the page in the other language. */
export function Languages() {
  const locale = useLocale();
  return (
    <>
      {locales
        .filter((l) => l !== locale)
        .map((l) => (
          <a key={l} className="button quiet" href={inLanguage(l)} lang={l} data-test={`lang-${l}`}>
            {names[l]}
          </a>
        ))}
    </>
  );
}
