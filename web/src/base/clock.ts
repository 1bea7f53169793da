// One clock a page, set by the server's.
import { useEffect, useState } from "react";
import { now } from "./servertime";

export { now, setClock } from "./servertime";

/** The time by the server's clock, renewed every second while the page shows. */
export function useNow(everyMs = 1000): number {
  const [at, set] = useState(now);
  useEffect(() => {
    const t = setInterval(() => set(now()), everyMs);
    return () => clearInterval(t);
  }, [everyMs]);
  return at;
}
