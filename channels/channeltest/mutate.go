package channeltest

import "math/rand/v2"

// Mutate changes a proof in one of the ways that any text can be changed: a bit
// flipped, a byte put in, taken out or replaced, cut short at either end, two
// parts swapped, something appended.
func Mutate(rng *rand.Rand, proof string) string {
	b := []byte(proof)
	if len(b) < 2 {
		return proof + Garbage(rng, 1)
	}
	i, j := rng.IntN(len(b)), rng.IntN(len(b))
	switch rng.IntN(8) {
	case 0:
		b[i] ^= 1 << rng.IntN(8)
	case 1:
		b[i] = byte(rng.IntN(256))
	case 2:
		b = append(b[:i:i], b[i+1:]...)
	case 3:
		b = append(append(b[:i:i], byte(rng.IntN(256))), b[i:]...)
	case 4:
		b = b[:i]
	case 5:
		b = b[i+1:]
	case 6:
		b[i], b[j] = b[j], b[i]
	case 7:
		b = append(b, Garbage(rng, 1+rng.IntN(8))...)
	}
	return string(b)
}

// Garbage is n random bytes.
func Garbage(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.IntN(256))
	}
	return string(b)
}
