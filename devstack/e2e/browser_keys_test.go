package e2e

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A person without a pointer: everything below presses keys and nothing else.
// Each stop of the focus must be seen, and nothing that happens may lose it.

// stop is where the focus stands.
type stop struct {
	There  bool   // it is what was looked for
	Lost   bool   // it is nowhere
	Shown  bool   // it can be seen to have the focus
	Hidden bool   // something lies over it, or it is outside of the window
	What   string // for people
}

const whereFocus = `(want => {
	let e = document.activeElement;
	const nothing = x => !x || x === x.ownerDocument.body || x === x.ownerDocument.documentElement;
	if (nothing(e)) return {Lost: true, What: "nothing"};
	while (e.contentDocument && !nothing(e.contentDocument.activeElement)) e = e.contentDocument.activeElement; // in a frame
	if (e.contentDocument) return {Shown: true, What: e.outerHTML};
	const ringed = x => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1; };
	const box = (e.closest("label") ?? e).getBoundingClientRect(), doc = e.ownerDocument, y = (Math.max(box.top, 0) + Math.min(box.bottom, doc.defaultView.innerHeight)) / 2;
	const seen = [0.1, 0.5, 0.9].some(f => { const at = doc.elementFromPoint(box.left + box.width * f, y); return at && (e.contains(at) || at.contains(e) || e.closest("label")?.contains(at)); });
	return {There: e.matches(want), Shown: ringed(e) || !!e.closest("label") && ringed(e.closest("label")), Hidden: !seen, What: e.outerHTML.slice(0, 160)};
})`

func (b *tab) where(want string) (s stop) {
	b.Helper()
	quoted, _ := json.Marshal(want)
	b.eval(whereFocus+"("+string(quoted)+")", &s)
	return s
}

// tabTo presses Tab until something has the focus.
func (b *tab) tabTo(selector string) { b.Helper(); b.see(selector); b.tabOn(selector) }

// tabOn is tabTo, also for what stands in a frame.
func (b *tab) tabOn(selector string) {
	b.Helper()
	around := 0
	for range 300 {
		b.keys(kb.Tab)
		s := b.where(selector)
		if s.Lost { // past the last one, the browser's own controls follow
			if around++; around > 2 {
				break
			}
			continue
		}
		if !s.Shown {
			b.Errorf("it is not seen to have the focus: %s", s.What)
		}
		if s.Hidden {
			b.Errorf("it has the focus and is out of sight: %s", s.What)
		}
		if s.There {
			return
		}
	}
	b.give("Tab does not come to " + selector)
}

// press goes to something and presses Enter.
func (b *tab) press(selector string) { b.Helper(); b.tabTo(selector); b.keys(kb.Enter) }

// write goes to a field and types.
func (b *tab) write(selector, text string) { b.Helper(); b.tabTo(selector); b.keys(text) }

// keeps sees something and that the focus is not lost by then; in a dialog, that
// it is inside.
func (b *tab) keeps(selector string) {
	b.Helper()
	b.see(selector)
	const held = `(() => { const e = document.activeElement, d = document.querySelector("dialog[open]"); return !!e && e !== document.body && (!d || d.contains(e)); })()`
	if err := b.try(chromedp.Poll(held, nil, chromedp.WithPollingInterval(20*time.Millisecond),
		chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		b.Errorf("with %s the focus is lost: it is on %s", selector, b.where(selector).What)
	}
}

// has checks that something has the focus again, as after a closed dialog.
func (b *tab) has(selector string) {
	b.Helper()
	js := fmt.Sprintf(`document.activeElement?.matches(%q)`, selector)
	if err := b.try(chromedp.Poll(js, nil, chromedp.WithPollingInterval(20*time.Millisecond),
		chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		b.Errorf("%s has not the focus; it is on %s", selector, b.where(selector).What)
	}
}
