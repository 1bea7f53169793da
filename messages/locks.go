package messages

import "strings"

// lockNames are what a customer's locks are about, by their kind.
var lockNames = map[string]Text{
	"places":     "messages.locks.places",
	"hours":      "messages.locks.hours",
	"limit":      "messages.locks.limit",
	"new_payees": "messages.locks.new_payees",
	"ways":       "messages.locks.ways",
	"devices":    "messages.locks.devices",
}

var (
	and        = Text("messages.locks.and")
	comma      = Text("messages.locks.comma")
	lockedBy   = Text("messages.locks.lockedBy")
	meetsLock  = Text("messages.locks.meets")
	caseLock   = Text("console.meetsLock")
	textLocked = Text("messages.textLocked")
)

// Locked tells the customer which of their locks stopped a payment, and how to change it.
func Locked(kinds []string, locale string) string { return ofLocks(lockedBy, kinds, locale) }

// MeetsLock tells the customer, who is asked about a payment, which of their locks it meets.
func MeetsLock(kinds []string, locale string) string { return ofLocks(meetsLock, kinds, locale) }

// CaseLock tells an agent the same.
func CaseLock(kinds []string, locale string) string { return ofLocks(caseLock, kinds, locale) }

func ofLocks(t Text, kinds []string, locale string) string {
	return strings.ReplaceAll(t.In(locale), "{locks}", LockNames(kinds, locale))
}

// LockNames are the names of kinds of locks in a sentence.
func LockNames(kinds []string, locale string) (out string) {
	for i, k := range kinds {
		name := lockNames[k].In(locale)
		switch {
		case i == 0:
			out = name
		case i == len(kinds)-1:
			out = listed(and, out, name, locale)
		default:
			out = listed(comma, out, name, locale)
		}
	}
	return out
}

// listed joins two parts of a list: Chinese has no blanks there.
func listed(how Text, before, name, locale string) string {
	return strings.NewReplacer("{before}", before, "{name}", name).Replace(how.In(locale))
}
