package store_test

import (
	"testing"

	"holdfast/store"
	"holdfast/store/storetest"
)

// The queue in pages has every case once, in the order of the whole, also when a
// page's last case has been taken meanwhile.
func TestQueuePages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		storetest.Queue(t, storetest.Raw(t, b.URL), 25)
		whole, err := b.Queue(ctx, store.By{}, store.QueuePage{Limit: 200})
		b.Must(err)
		var paged []store.QueueItem
		for after := ""; ; after = paged[len(paged)-1].ID {
			page, err := b.Queue(ctx, store.By{}, store.QueuePage{After: after, Limit: 4})
			b.Must(err)
			paged = append(paged, page...)
			if len(paged) == 4 {
				taken, err := b.NextCase(ctx, b.Agent("ana", "agent"))
				b.Must(err)
				expect(b, "the first is taken", taken, paged[0].ID)
			}
			if len(page) < 4 {
				break
			}
		}
		expect(b, "cases", len(paged), len(whole))
		for i := range min(len(paged), len(whole)) {
			expect(b, "the order", paged[i].ID, whole[i].ID)
		}
		_, err = b.Queue(ctx, store.By{}, store.QueuePage{After: "case_unknown", Limit: 4})
		b.Must(err)
	})
}
