// The agent's session: who works here, for how long, and the API behind it.
// The browser has a cookie and never a token.
import { useSyncExternalStore } from "react";
import { makeAPI, type Schemas } from "../sdk/api";
import { now, setClock } from "../base/clock";
import { readIn } from "./settings";

export type Session = {
  sub: string;
  name: string;
  given_name: string;
  role: "agent" | "supervisor" | "auditor" | "branch";
  csrf: string;
  idle_seconds: number;
  ends_at: string; // RFC 3339, whatever the person does
  now: string;
};
export type State = { session: Session | null; ended: boolean; unreachable: boolean; asked: boolean; idleAt: number; alarm: boolean };

export type Case = Schemas["Case"];
export type Task = Schemas["CaseTask"];
export type CaseHold = Schemas["CaseHold"];
export type Stands = Schemas["Stands"];
export type Disposition = Schemas["Disposition"];

const saidEvery = 60_000;
const listeners = new Set<() => void>();
let state: State = { session: null, ended: false, unreachable: false, asked: false, idleAt: 0, alarm: false };
let lastInput = Date.now(), lastSaid = Date.now();

function become(change: Partial<State>) {
  state = { ...state, ...change };
  listeners.forEach((tell) => tell());
}

/** The session is over or about to be: what to do about that comes before all else. */
export function raiseAlarm(alarm: boolean) {
  if (alarm !== state.alarm) become({ alarm });
}

export const useSession = () =>
  useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    () => state,
  );

/** Asks who is signed in: at the start, when refused, and when the page comes back. */
export async function askSession() {
  let r: Response;
  try {
    r = await fetch("/console/session", { headers: { Accept: "application/json" } });
  } catch {
    return become({ unreachable: true, asked: true });
  }
  if (r.status === 401) return become({ ended: state.session !== null, unreachable: false, asked: true });
  if (!r.ok) return become({ unreachable: true, asked: true });
  const session = (await r.json()) as Session;
  if (state.session && state.session.sub !== session.sub) return location.reload(); // what was typed here is another person's
  setClock(session.now);
  become({ session, ended: false, unreachable: false, asked: true, idleAt: state.idleAt || now() + session.idle_seconds * 1000 });
  if (lastSaid < lastInput) await stillHere();
}

const post = (path: string, body?: unknown) =>
  fetch(path, {
    method: "POST",
    headers: { "Holdfast-CSRF": state.session?.csrf ?? "", "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });

/** Says that somebody is at the desk. */
export async function stillHere() {
  const s = state.session;
  if (!s) return;
  lastSaid = Date.now();
  try {
    const r = await post("/console/active");
    if (r.ok) become({ idleAt: now() + s.idle_seconds * 1000 });
    else if (r.status === 401 || r.status === 403) await askSession();
  } catch {
    lastSaid = 0; // not heard: the next key says it again
  }
}

/** Watches keys and pointer; the server hears of them once a minute at most. */
export function watchInput() {
  const seen = () => {
    lastInput = Date.now();
    if (state.session && !state.ended && lastInput - lastSaid >= saidEvery) void stillHere();
  };
  const back = () => {
    if (document.visibilityState === "visible") void askSession();
  };
  addEventListener("keydown", seen);
  addEventListener("pointermove", seen);
  addEventListener("pointerdown", seen);
  addEventListener("focus", back);
  document.addEventListener("visibilitychange", back);
  return () => {
    removeEventListener("keydown", seen);
    removeEventListener("pointermove", seen);
    removeEventListener("pointerdown", seen);
    removeEventListener("focus", back);
    document.removeEventListener("visibilitychange", back);
  };
}

/** Milliseconds since the last key or move. */
export const idleFor = () => Date.now() - lastInput;

export async function signOut(everywhere: boolean) {
  const r = await post("/console/signout", { everywhere });
  if (!r.ok && r.status !== 401) throw new Error("sign-out was refused");
  location.assign("/console");
}

/** The way in, and back to where we are. */
export function signInPath(): string {
  const query = new URLSearchParams(location.search);
  const hint = query.get("hint");
  query.delete("hint");
  const back = location.pathname + (query.size ? `?${query}` : "");
  return `/console/signin?return=${encodeURIComponent(back)}${hint ? `&hint=${encodeURIComponent(hint)}` : ""}`;
}

// Reasons, scripts and gestures come in the language that the agent reads.
export const api = makeAPI("/console", async () => ({ "Holdfast-CSRF": state.session?.csrf ?? "", "Accept-Language": readIn() }));
api.use({
  async onResponse({ response }) {
    // 403 csrf_refused: signed in anew in another window.
    if (response.status === 401 || (response.status === 403 && (await response.clone().json()).code === "csrf_refused")) await askSession();
    return response;
  },
});
