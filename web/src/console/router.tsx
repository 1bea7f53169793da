// Where in the console we are: a path, kept in the browser's history.
import { useEffect, useRef, useSyncExternalStore, type AnchorHTMLAttributes, type ReactNode } from "react";

const subscribe = (tell: () => void) => {
  addEventListener("popstate", tell);
  return () => removeEventListener("popstate", tell);
};

let moved = false; // by the person: then the new view's heading takes the focus

export function navigate(to: string) {
  if (to === location.pathname + location.search) return;
  moved = true;
  history.pushState(null, "", to);
  dispatchEvent(new PopStateEvent("popstate"));
}

export const usePath = () => useSyncExternalStore(subscribe, () => location.pathname.replace(/\/+$/, ""));
export const useQuery = () => new URLSearchParams(useSyncExternalStore(subscribe, () => location.search));

/** A link within the console. With a modifier it is the browser's. */
export function Link({ to, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a
      {...rest}
      href={to}
      onClick={(e) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || e.button !== 0) return;
        e.preventDefault();
        navigate(to);
      }}
    />
  );
}

/** A view with its one heading. The title never has an amount or a payee. */
export function View({ title, test, quiet, children }: { title: string; test: string; quiet?: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  useEffect(() => {
    if (moved) heading.current?.focus();
  }, []);
  return (
    <main id="main" data-test={test} className={`view ${test}`}>
      <h1 ref={heading} tabIndex={-1} className={quiet ? "hide" : undefined}>
        {title}
      </h1>
      {children}
    </main>
  );
}
