import { useEffect, useState } from "react";

/** Loads a list, again every few seconds while that fails, and anew when what it is of changes. */
export function useList<T>(load: () => Promise<T>, of?: unknown): { list: T | undefined; failed: boolean; reload: () => void } {
  const [list, set] = useState<T>(), [failed, fail] = useState(false), [round, again] = useState(0);
  useEffect(() => {
    let timer = 0, gone = false;
    load().then(
      (l) => { if (!gone) { set(l); fail(false); } },
      () => { if (!gone) { fail(true); timer = window.setTimeout(() => again((n) => n + 1), 3000); } },
    );
    return () => { gone = true; clearTimeout(timer); };
  }, [round, of]);
  return { list, failed, reload: () => again((n) => n + 1) };
}
