package messages

import "strings"

// lockNames are what a customer's locks are about, by their kind.
var lockNames = map[string]Text{
	"places":     {"places", "地区"},
	"hours":      {"hours", "时段"},
	"limit":      {"limits", "限额"},
	"new_payees": {"new payees", "新收款人"},
	"ways":       {"ways of paying", "付款方式"},
	"devices":    {"devices", "设备"},
}

var (
	and      = Text{" and ", "和"}
	comma    = Text{", ", "、"}
	lockedBy = Text{"A lock that you set stopped this payment: {locks}. The money stays in your account. To make the payment, change the " +
		"lock in the app, or call us on the number on your card; loosening a lock takes time to count.",
		"您设置的安全锁（{locks}）拦下了这笔付款，钱仍在您的账户里。如需付款，请在应用中更改安全锁，或拨打银行卡背面的电话；放宽安全锁需等待一段时间才会生效。"}
	meetsLock  = Text{"It meets a lock that you set: {locks}.", "触及您设置的安全锁：{locks}。"}
	caseLock   = Text{"It meets the customer’s own lock: {locks}", "触及客户自行设置的安全锁：{locks}"}
	textLocked = Text{"{bank}: your lock on {lock} stopped {amount} to {payee}. To change it, open your app or call the number on your card.",
		"{bank}：您设置的安全锁（{lock}）拦下了付给{payee}的{amount}。如要更改，请打开应用或拨打银行卡背面的电话。"}
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
		switch {
		case i > 0 && i == len(kinds)-1:
			out += and.In(locale)
		case i > 0:
			out += comma.In(locale)
		}
		out += lockNames[k].In(locale)
	}
	return out
}
