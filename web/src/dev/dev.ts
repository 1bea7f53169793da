// What the development stack's own pages ask of it.
import { useEffect, useState } from "react";
import { setClock } from "../base/clock";

export type Customer = { id: string; name: string; number: string; locale: string };
export type Agent = { sub: string; name: string; role: string; number: string };
export type People = { customers: Customer[]; agents: Agent[] };

/** Asks the stack: GET, or POST when there is a body. Throws when it refuses. */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const reply = await fetch(path, body === undefined ? {} : post);
  const at = reply.headers.get("Stack-Time"); // it may have been put forward
  if (at) setClock(at);
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return (await reply.json()) as T;
}

/** Asks a /dev route. */
export const dev = <T,>(path: string, body?: unknown) => ask<T>(`/dev/${path}`, body);

/** What a route says, asked once; null before, "failed" if it does not answer. */
export function useDev<T>(path: string): T | null | "failed" {
  const [got, set] = useState<T | null | "failed">(null);
  useEffect(() => {
    let gone = false;
    dev<T>(path).then(
      (x) => gone || set(x),
      () => gone || set("failed"),
    );
    return () => {
      gone = true;
    };
  }, [path]);
  return got;
}

/** The page's address in the other language. */
export function inLanguage(lang: string): string {
  const q = new URLSearchParams(location.search);
  q.set("lang", lang);
  return `${location.pathname}?${q}`;
}
