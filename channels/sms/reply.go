package sms

import (
	"strings"
	"unicode"

	"holdfast/messages"

	"golang.org/x/text/cases"
	"golang.org/x/text/width"
)

// Said is what a customer's reply means.
type Said string

const (
	SaidCode    Said = "code"    // Reply.Code may approve
	SaidNo      Said = "no"      // refuses everything that is open
	SaidFreeze  Said = "freeze"  // the same, and somebody is to call
	SaidStop    Said = "stop"    // no more texts; never an answer
	SaidStart   Said = "start"   // texts again
	SaidUnclear Said = "unclear" // anything else
)

// Reply is a customer's text as Holdfast reads it.
type Reply struct {
	Said Said
	Code string // digits
}

// The words that Twilio takes for itself unless told otherwise, too: it blocks
// the number whatever we think.
var (
	noWords     = words("NO", "否", "不是我") // and each locale's own
	freezeWords = words("FREEZE", "全部冻结")
	stopWords   = words("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "退订")
	startWords  = words("START", "UNSTOP")
)

func words(ws ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range ws {
		m[fold(w)] = true
	}
	return m
}

// maxReply is the longest text that is looked at, in bytes.
const maxReply = 1600

func fold(s string) string { return cases.Fold().String(width.Fold.String(s)) }

// ReadReply reads a reply: trimmed, full width and half width alike, in any
// case. A code may have blanks in it and a full stop after it.
func ReadReply(body string) Reply {
	if len(body) > maxReply {
		return Reply{Said: SaidUnclear}
	}
	s := strings.TrimFunc(fold(body), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`.!"'。！“”`, r) })
	switch {
	case stopWords[s]:
		return Reply{Said: SaidStop}
	case startWords[s]:
		return Reply{Said: SaidStart}
	case noWords[s], words(messages.RepliesNo()...)[s]:
		return Reply{Said: SaidNo}
	case freezeWords[s]:
		return Reply{Said: SaidFreeze}
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, s)
	if n := len(code); n >= MinDigits && n <= MaxDigits && strings.Trim(code, "0123456789") == "" {
		return Reply{Said: SaidCode, Code: code}
	}
	return Reply{Said: SaidUnclear}
}
