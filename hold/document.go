package hold

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Digest is a SHA-256 in lower-case hexadecimal, 64 characters.
type Digest string

// DigestOf is the digest of b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}

// Document is the transaction document: exactly what the customer is asked
// about and what an answer is bound to (PSD2 RTS Art. 5: dynamic linking to
// amount and payee).
type Document struct {
	TransactionID string
	Kind          Kind
	Amount        Money
	PayeeName     string
	PayeeAccount  string
	RequestedAt   Instant
}

// Canonical is the document as canonical JSON (RFC 8785): keys sorted, no
// white space, strings escaped as little as JSON allows.
//
//	{"amount":{"currency":"EUR","minor":125000},"id":"tx-1","kind":"transfer",
//	 "payee":{"account":"DE02…","name":"Anna Kovacs"},"time":"2026-01-02T03:04:05Z"}
func (d Document) Canonical() []byte {
	b := append(make([]byte, 0, 256), `{"amount":{"currency":`...)
	b = appendString(b, d.Amount.Currency)
	b = append(b, `,"minor":`...)
	b = strconv.AppendInt(b, d.Amount.Minor, 10)
	b = append(b, `},"id":`...)
	b = appendString(b, d.TransactionID)
	b = append(b, `,"kind":`...)
	b = appendString(b, string(d.Kind))
	b = append(b, `,"payee":{"account":`...)
	b = appendString(b, d.PayeeAccount)
	b = append(b, `,"name":`...)
	b = appendString(b, d.PayeeName)
	b = append(b, `},"time":`...)
	b = appendString(b, d.RequestedAt.String())
	return append(b, '}')
}

// Digest is the tx_digest: the SHA-256 of the canonical document.
func (d Document) Digest() Digest { return DigestOf(d.Canonical()) }

// appendString writes s as RFC 8785 §3.2.2.2 asks. encoding/json cannot: it
// escapes U+2028 and U+2029.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\f':
			b = append(b, `\f`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			if c < 0x20 {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
