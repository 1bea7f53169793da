package messages

import "holdfast/hold"

var recalls = map[hold.RecallStatus]Text{
	hold.RecallProposed: {"We are looking into asking for this money back. It is not certain that it can be got back.",
		"我们正在核实能否追回这笔款项，不一定能够追回。"},
	hold.RecallDeclined: {"We are not asking for this money back. Call us on the number on your card if you think that we should.",
		"我们没有追回这笔款项。如您认为应当追回，请拨打银行卡背面的电话联系我们。"},
	hold.RecallRequested: {"We have asked the payee’s bank to send this money back. It may take some days, and they may refuse.",
		"我们已请收款银行返还这笔款项。这可能需要几天时间，对方也可能拒绝。"},
	hold.RecallAccepted: {"The payee’s bank has agreed to send this money back. We tell you here when it has come.",
		"收款银行已同意返还这笔款项。款项到账后，我们会在这里告知您。"},
	hold.RecallRefused: {"The payee’s bank does not send this money back. Call us on the number on your card about what else you can do.",
		"收款银行未返还这笔款项。如需了解其他处理办法，请拨打银行卡背面的电话联系我们。"},
}

var (
	recallAsks = Text{"We are about to ask the payee’s bank to send this money back. It is not certain that it can be got back.",
		"我们即将请收款银行返还这笔款项，不一定能够追回。"}
	recallWhole = Text{"All of this money is back in your account.", "这笔款项已全部返还您的账户。"}
	recallPart  = Text{"A part of this money is back in your account.", "这笔款项已有一部分返还您的账户。"}
)

// Recall tells the customer how far the recall of a payment has come. It is empty where
// they are not told: of what others only proposed.
func Recall(r hold.Recall, locale string) string {
	switch {
	case r.Status == hold.RecallRequested && r.RequestedAt == 0: // nobody has been asked yet, perhaps nobody can be
		return recallAsks.In(locale)
	case r.Status == hold.RecallReturned && r.Whole():
		return recallWhole.In(locale)
	case r.Status == hold.RecallReturned:
		return recallPart.In(locale)
	case (r.Status == hold.RecallProposed || r.Status == hold.RecallDeclined) && !r.Theirs():
		return ""
	}
	return recalls[r.Status].In(locale)
}
