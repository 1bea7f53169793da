// One clock a page, set by the server's: devices' own may be wrong.
import { useEffect, useState } from "react";

let offset = 0; // server minus device, ms

/** Sets the clock by what a server just said. */
export const setClock = (serverNow: string) => {
  offset = Date.parse(serverNow) - Date.now();
};

/** Milliseconds since the epoch, by the server's clock. */
export const now = () => Date.now() + offset;

/** The time by the server's clock, renewed every second while the page shows. */
export function useNow(everyMs = 1000): number {
  const [at, set] = useState(now);
  useEffect(() => {
    const t = setInterval(() => set(now()), everyMs);
    return () => clearInterval(t);
  }, [everyMs]);
  return at;
}
