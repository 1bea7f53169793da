package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// crowd holds a payment of each of n customers that only a call can release.
func (p *page) crowd(n int) {
	p.Helper()
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range next {
				who := stack.Person{ID: hold.CustomerID(fmt.Sprintf("crowd%04d", i)), Name: "Customer", Phrase: "x",
					Number: fmt.Sprintf("+4915151%06d", i), Since: time.Now().AddDate(-1, 0, 0)}
				if err := p.bank.PutPerson(p.Context(), who); err != nil {
					p.Error(err)
				}
			}
		})
	}
	wg.Wait()
	lines := map[int]any{}
	for i := range n {
		lines[i] = struct {
			Key  string       `json:"idempotency_key"`
			Hold hold.Request `json:"hold"`
		}{fmt.Sprintf("crowd-%d", i), hold.Request{TransactionID: fmt.Sprintf("crowd-%d", i),
			CustomerID: hold.CustomerID(fmt.Sprintf("crowd%04d", i)), Kind: hold.KindTransfer,
			Amount: hold.Money{Minor: int64(10_000 + i*137), Currency: "EUR"}, Payee: hold.Payee{Name: "Anna Kovacs",
				Account: "DE02120300000000202051"}, RequestedAt: hold.At(time.Now()),
			Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 600 + i%300, Reasons: []string{"impersonation", "new_payee"}}}}
	}
	until(p, "every line of the batch is taken", func() bool { p.submit(lines); return len(lines) == 0 })
}

// submit sends up to 200 lines as a batch, and leaves those that there was no room for.
func (p *page) submit(lines map[int]any) {
	p.Helper()
	var body bytes.Buffer
	out := json.NewEncoder(&body)
	sent := slices.Sorted(maps.Keys(lines))
	sent = sent[:min(200, len(sent))] // each batch within the client's time
	for _, i := range sent {
		if err := out.Encode(lines[i]); err != nil {
			p.Fatal(err)
		}
	}
	res, err := p.bank.SubmitHoldBatchWithBody(p.Context(), "application/x-ndjson", &body)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	read := json.NewDecoder(res.Body)
	for _, i := range sent {
		var said struct {
			Problem *client.Problem `json:"problem"`
		}
		switch err := read.Decode(&said); {
		case err != nil:
			p.Fatalf("the batch answered %d, and then: %v", res.StatusCode, err)
		case said.Problem == nil:
			delete(lines, i)
		case said.Problem.Code != "overloaded":
			p.Fatal(said.Problem)
		}
	}
}

// longest watches what keeps the page from answering: the longest task, and the
// longest time from a key to the picture after it, in ms.
const longest = `window.longest = {task: 0, key: 0};
new PerformanceObserver(l => l.getEntries().forEach(e => window.longest.task = Math.max(window.longest.task, e.duration))).observe({type: "longtask"});
new PerformanceObserver(l => l.getEntries().forEach(e => { if (e.name === "keydown") window.longest.key = Math.max(window.longest.key, e.duration); })).observe({type: "event", durationThreshold: 16});`

// wheel turns the mouse's wheel over something.
func (b *tab) wheel(selector string, by float64) {
	b.Helper()
	var at struct{ X, Y float64 }
	b.eval(fmt.Sprintf(`(r => ({X: r.left + r.width / 2, Y: r.top + r.height / 2}))(document.querySelector(%q).getBoundingClientRect())`,
		selector), &at)
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		return input.DispatchMouseEvent(input.MouseWheel, at.X, at.Y).WithDeltaX(0).WithDeltaY(by).Do(ctx)
	}))
}

// A thousand customers wait. An agent scrolls through all of them while typing a
// note and while cases are taken and given back: every letter arrives, the last
// row is reached, and the page never stands still for long.
func TestQueueOfThousand(t *testing.T) {
	t.Parallel()
	const rows, slowest = 1000, 1000 // ms
	p := newPage(t, screens(t))
	p.crowd(rows + 1)
	bo, err := stack.NewAgent(p.Coordinates, "bo")
	if err != nil {
		t.Fatal(err)
	}
	var q client.QueueStats
	for some := 1; some <= rows+1; some += 50 { // a thousand workflows, which come on
		until(p, "the queue", func() bool {
			res, err := bo.GetQueueStats(t.Context())
			return stack.Reply(res, err, &q) == nil && q.Waiting >= some
		})
	}
	if q.Waiting > rows+1 {
		t.Fatalf("%d wait", q.Waiting)
	}
	ana := newTab(t, wide)
	ana.before(longest)
	ana.open(p.URL + "/console?hint=ana")
	ana.see(test("queue-row"))
	ana.state("console-queue-cut-off")
	ana.keys("n")
	ana.see(test("payment"))
	ana.click(test("note"))
	ana.eval(`new Promise(ok => setTimeout(() => { for (const end = performance.now() + 150; performance.now() < end;); ok(); }))`, nil)
	ana.run(named("the watch sees a long task", chromedp.Poll(`window.longest.task >= 150`, nil, chromedp.WithPollingTimeout(patience))))
	ana.eval(`window.longest = {task: 0, key: 0}`, nil)
	const end = `(() => { const l = document.querySelector('[data-test="queue-rows"]'), rows = l.querySelectorAll('[data-test="queue-row"]'), last = rows[rows.length - 1].getBoundingClientRect(), box = l.getBoundingClientRect();
		return rows.length === %d && last.bottom <= box.bottom + 1 && last.top >= box.top; })()`
	typed, began := "", time.Now()
	for reached := false; !reached; {
		if len(typed) == 1900 {
			ana.give("the last row does not come")
		}
		key := string("abcdefghij klmnopqrst uvwxyz"[len(typed)%28])
		ana.keys(key)
		typed += key
		ana.wheel(test("queue-rows"), 700)
		if len(typed)%40 == 0 {
			var c client.Case
			res, err := bo.NextCase(t.Context())
			if err := stack.Reply(res, err, &c); err != nil {
				t.Fatal(err)
			}
			res, err = bo.ReturnCase(t.Context(), c.Id)
			if err := stack.Reply(res, err, nil); err != nil {
				t.Fatal(err)
			}
		}
		ana.eval(fmt.Sprintf(end, rows), &reached)
	}
	var note string
	ana.eval(`document.querySelector('[data-test="note"]').value`, &note)
	if note != typed {
		t.Errorf("typed %d letters, and %d arrived", len(typed), len(note))
	}
	var worst struct{ Task, Key float64 }
	ana.eval(`({Task: window.longest.task, Key: window.longest.key})`, &worst)
	t.Logf("%d letters in %s over %d rows; the longest task took %.0f ms, the slowest key %.0f ms until it showed", len(typed),
		time.Since(began).Round(time.Millisecond), rows, worst.Task, worst.Key)
	if worst.Task > slowest {
		t.Errorf("the page stood still for %.0f ms", worst.Task)
	}
	ana.sound("a thousand rows")
}
