package remote

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"holdfast/hold"
)

const mostKept = 20_000 // answers of one service

// kept are answers of a while, by a digest of what was asked. Beyond the bound the idle
// half is forgotten.
type kept[V any] struct {
	mu       sync.Mutex
	now, old map[[sha256.Size]byte]one[V]
}

type one[V any] struct {
	v     V
	until time.Time
}

// asked is what an answer is kept by: nothing of an account is in memory for longer than
// its question.
func asked(p hold.Payee) [sha256.Size]byte {
	b, _ := json.Marshal([]string{p.Account, p.Country, p.Name}) // strings always can be
	return sha256.Sum256(b)
}

func (k *kept[V]) get(of [sha256.Size]byte, now time.Time) (v V, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.now[of]
	if !ok {
		o, ok = k.old[of]
	}
	return o.v, ok && now.Before(o.until)
}

func (k *kept[V]) put(of [sha256.Size]byte, v V, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now == nil || len(k.now) >= mostKept/2 {
		k.old, k.now = k.now, map[[sha256.Size]byte]one[V]{}
	}
	k.now[of] = one[V]{v, until}
}
