// The queue's rows, a page at a time. The first page is read anew whenever
// something happens; whoever scrolls down gets the pages that follow, of which one
// in turn is read anew with the first. So a look at the queue costs two pages at
// most, however long it is.
import { useMemo, useState } from "react";
import { reply, type Schemas } from "../sdk/api";
import { useFetched } from "./data";
import { useLive } from "./live";
import { api } from "./session";

export type Item = Schemas["QueueItem"];
export const groups = ["waiting", "leased", "later", "review"] as const;
export type Group = (typeof groups)[number];

const pageRows = 200, mostPages = 5; // the API's most; as many rows as anybody scrolls through

/** Rows of a group, the best first, each once; further reads the next page, and is undefined at the end. */
export function useRows(group: Group) {
  const { pulse } = useLive();
  const book = useMemo(() => ({ pages: [] as Schemas["QueuePage"][], turn: 0 }), [group]);
  const [asked, ask] = useState({ group, pages: 1 });
  const wanted = asked.group === group ? asked.pages : 1;
  const read = async () => {
    const at = (after?: string) => reply(api.GET("/v1/callbacks", { params: { query: { status: group, after, limit: pageRows } } }));
    const pages = [await at(), ...book.pages.slice(1)];
    const n = pages.length < wanted ? pages.length : 1 + (book.turn++ % Math.max(1, pages.length - 1));
    const after = n < wanted ? pages[n - 1]?.next : undefined;
    if (after) pages[n] = await at(after);
    const last = pages.findIndex((p) => !p.next);
    book.pages = last < 0 ? pages : pages.slice(0, last + 1);
    const seen = new Set<string>();
    return book.pages.flatMap((p) => p.cases).filter((c) => !seen.has(c.id) && seen.add(c.id));
  };
  const got = useFetched(read, [group], pulse + wanted);
  const more = book.pages.length === wanted && wanted < mostPages && book.pages.at(-1)?.next;
  return { rows: got.data, error: got.error, further: more ? () => ask({ group, pages: wanted + 1 }) : undefined };
}
