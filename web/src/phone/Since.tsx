import { useNow } from "../base/clock";
import { left } from "../base/format";
import { useLocale } from "../base/locale";

/** How long since, "1:05", as the clock goes. */
export function Since({ at, say }: { at: string; say: (t: string) => string }) {
  return <span className="numbers">{say(left(useNow() - Date.parse(at), useLocale()))}</span>;
}
