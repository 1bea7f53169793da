package e2e

import "github.com/chromedp/cdproto/emulation"

// helpAtHand checks in a state of the app, on screens of these sizes, that the way to
// help is there once, is in view wherever one scrolls, lies under nothing, and lies over
// nothing that has the focus or is the last on the page.
func (b *tab) helpAtHand(name, locale string) {
	b.Helper()
	b.as(look{390, "light", locale})
	for _, size := range [][2]int64{{390, 844}, {390, 600}, {1440, 900}} {
		b.run(emulation.SetDeviceMetricsOverride(size[0], size[1], 1, false))
		var wrong []string
		b.eval(helpless, &wrong)
		for _, w := range wrong {
			b.Errorf("%s in %s at %d×%d: %s", name, locale, size[0], size[1], w)
		}
	}
}

// helpless finds what is wrong with the way to help: the button, or on its own page the
// one that stops everything. Behind an open dialog nothing can be pressed; it has its own.
const helpless = `(() => {
	const out = [], open = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document, was = document.activeElement, at = scrollY;
	const all = [...open.querySelectorAll('[data-test="help"], [data-test="help-do"]')].filter(e => e.checkVisibility());
	if (all.length !== 1) return ["there are " + all.length + " ways to help"];
	const [help] = all, bar = help.closest(".bar") ?? help;
	const look = where => {
		const r = help.getBoundingClientRect();
		if (r.height < 44 || r.top < 0 || r.left < 0 || r.bottom > innerHeight || r.right > innerWidth) return out.push("help is out of view " + where + ": " + JSON.stringify(r));
		for (const x of [0.1, 0.5, 0.9]) for (const y of [0.1, 0.5, 0.9]) {
			const over = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
			if (!help.contains(over)) return out.push("help lies under something " + where + ": " + (over?.outerHTML ?? "nothing").slice(0, 100));
		}
	};
	for (const [where, y] of [["at the top", 0], ["half way", document.body.scrollHeight / 2], ["at the bottom", document.body.scrollHeight]]) {
		scrollTo(0, y);
		look(where);
	}
	const top = () => bar.getBoundingClientRect().top;
	const controls = [...open.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(e => !bar.contains(e) && e.tabIndex >= 0 && !e.disabled && e.checkVisibility());
	const last = controls.at(-1);
	if (open === document && last && last.getBoundingClientRect().bottom > top()) out.push("the last lies under help at the bottom: " + last.outerHTML.slice(0, 100));
	for (const e of controls) {
		e.focus();
		const r = e.getBoundingClientRect();
		if (r.bottom > top() + 1 && r.top > 0) out.push("what has the focus lies under help: " + e.outerHTML.slice(0, 100));
		look("with the focus on " + e.innerText);
	}
	was === document.body ? document.activeElement.blur() : was.focus({preventScroll: true});
	scrollTo(0, at);
	return out;
})()`
