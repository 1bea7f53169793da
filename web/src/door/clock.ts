// A day that passes: the stack's clock is put forward.
import { useEffect, useState } from "react";
import { ask, dev, type People } from "../dev/dev";

type Clock = { ahead: string }; // such as 24h0m0s

const lookEvery = 5000; // ms; whoever has a terminal can put it forward, too
const noticed = 40; // looks for the text, half a second apart

/** Milliseconds of Go's 24h0m0s. */
function ms(d: string): number {
  const [, h = 0, m = 0, s = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(d)?.map(Number) ?? [];
  return ((h || 0) * 3600 + (m || 0) * 60 + (s || 0)) * 1000;
}

/** By how many milliseconds the stack's clock is ahead of the machine's. */
export function useAhead(): [number, (d: string) => void] {
  const [ahead, set] = useState(0);
  useEffect(() => {
    const look = () => void ask<Clock>("/clock").then((c) => set(ms(c.ahead)), () => undefined);
    look();
    const timer = setInterval(look, lookEvery);
    return () => clearInterval(timer);
  }, []);
  return [ahead, (d) => set(ms(d))];
}

const forward = (advance: string) => ask<Clock>("/clock", { advance });

/**
 * Lets a day pass, in two halves: what the bank writes when half of a wait is over is
 * sent at that time, and would be too old to be sent at the end.
 */
export async function passDay(customer: string, told: (ahead: string) => void): Promise<void> {
  const { customers } = await dev<People>("people");
  const number = customers.find((c) => c.id === customer)?.number;
  const texts = async () => (await dev<{ texts: { to: string }[] }>("provider/phones?after=-1")).texts.filter((t) => t.to === number).length;
  const before = await texts();
  told((await forward("12h")).ahead);
  for (let n = 0; n < noticed && (await texts()) === before; n++) await new Promise((ok) => setTimeout(ok, 500));
  told((await forward("12h")).ahead);
}
