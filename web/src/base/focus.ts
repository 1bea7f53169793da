// The focus is never lost. When what has it goes away or can no longer be used,
// the nearest part around it that is still there takes it: the next Tab goes on
// from there, and not from the top of the page. It is given to the part and not to
// a control in it, so that a key pressed twice does nothing.

const parts = "section, article, aside, main, dialog, form, fieldset, li, [role=group]";
const soon = 50; // ms; a new view's heading comes first

const usable = (e: Element) => e.isConnected && !e.matches(":disabled") && e.checkVisibility({ visibilityProperty: true });

export function keepFocus() {
  let trail: HTMLElement[] = []; // what has the focus, and what is around it
  let timer = 0;
  document.addEventListener("focusin", (e) => {
    trail = [];
    for (let x = e.target as HTMLElement | null; x; x = x.parentElement) trail.push(x);
  });
  document.addEventListener("pointerdown", () => (trail = [])); // who presses beside everything has left it
  const look = () => {
    const [last] = trail;
    if (!last || usable(last) || (document.activeElement && document.activeElement !== document.body && usable(document.activeElement))) return;
    const part = trail.find((e) => e.matches(parts) && usable(e)) ?? document.querySelector<HTMLElement>("dialog[open], main");
    if (!part) return;
    if (part.tabIndex < 0) part.tabIndex = -1;
    part.focus({ preventScroll: true });
  };
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = window.setTimeout(look, soon);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", "hidden", "open"] });
}
