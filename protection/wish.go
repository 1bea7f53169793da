package protection

import (
	"bytes"
	"encoding/json"
	"slices"

	"holdfast/hold"
)

// Plain is a lock with what its kind uses and nothing else, lists in order and each word
// once: two that stop the same are equal.
func (l Lock) Plain() Lock {
	out := Lock{Kind: l.Kind, Action: l.Action}
	switch l.Kind {
	case Places:
		out.Countries = sorted(l.Countries)
	case Hours:
		out.From, out.To = l.From, l.To
	case Limit:
		out.Currency, out.Caps = l.Currency, slices.Clone(l.Caps)
	case NewPayees:
		out.Wait, out.Since = l.Wait, l.Since
	case Ways:
		out.Ways = sorted(l.Ways)
	case Devices:
		out.Devices = sorted(l.Devices)
	}
	return out
}

func sorted[T ~string](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// Same tells whether two locks are one; nil: none.
func Same(a, b *Lock) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, err1 := json.Marshal(a.Plain())
	y, err2 := json.Marshal(b.Plain())
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// WishDigest is what a device signs to loosen a lock: the SHA-256 of the canonical JSON
// (RFC 8785) of its kind and of the lock that is wished for, as it is sent, with what is
// empty or zero left out; without the lock where there is to be none.
func WishDigest(k Kind, to *Lock) hold.Digest {
	wish := map[string]any{"kind": k}
	if to != nil {
		wish["lock"] = to
	}
	b, err := json.Marshal(wish)
	if err == nil { // once more, with the names of a lock's members in order
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		var all any
		if err = dec.Decode(&all); err == nil {
			b, err = json.Marshal(all)
		}
	}
	if err != nil { // of a lock without loops and channels: never
		panic(err)
	}
	return hold.DigestOf(b)
}
