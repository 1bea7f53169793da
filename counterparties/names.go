package counterparties

import (
	"context"
	"errors"
	"strings"

	"holdfast/hold"
)

// Source is somebody outside who knows of accounts. An error means that nobody was
// reached: what they would have said is unknown, and never that all is well.
type Source interface {
	Look(ctx context.Context, payee hold.Payee) ([]Hit, error)
}

// ErrAway means that somebody outside is not asked for now: the calls before failed, or
// too many are under way.
var ErrAway = errors.New("the service is not asked at the moment")

// Names compares the name that a payer gives with that of an account's owner, at the
// owner's bank. An error means that nobody was reached.
type Names interface {
	CheckName(ctx context.Context, payee hold.Payee) (NameAnswer, error)
}

// NameAnswer is what a name check came to. The name that the account's bank has is no
// part of it: who asks with a wrong one learns no right one.
type NameAnswer struct {
	Result hold.NameCheck
	Code   string // of the scheme; empty: nobody answered
}

type nameCode struct {
	result     hold.NameCheck
	en, zhHans string
}

const (
	notSaid   = "The name could not be checked"
	notSaidZh = "暂时无法核对户名"
)

// nameCodes are those of the two schemes: verification of payee of the EPC (EPC218-23,
// with its errors) and confirmation of payee of the UK's Pay.UK. What is no code of theirs
// is unknown.
var nameCodes = map[string]nameCode{
	"MTCH":                {hold.NameMatch, "The name fits the account", "户名与账户相符"},
	"CMTC":                {hold.NameClose, "The name is nearly the account owner's, but not quite", "户名与账户相近，但不完全一致"},
	"NMTC":                {hold.NameNoMatch, "The account belongs to somebody of another name", "户名与账户不符"},
	"NOAP":                {hold.NameUnknown, "The account's bank cannot compare names", "收款行无法核对户名"},
	"FORMAT_ERROR":        {hold.NameUnknown, notSaid, notSaidZh},
	"CLIENT_INVALID":      {hold.NameUnknown, notSaid, notSaidZh},
	"CLIENT_INCONSISTENT": {hold.NameUnknown, notSaid, notSaidZh},
	"TIMESTAMP_INVALID":   {hold.NameUnknown, notSaid, notSaidZh},

	"MATCH": {hold.NameMatch, "The name fits the account", "户名与账户相符"},
	"ANNM":  {hold.NameNoMatch, "The account belongs to somebody of another name", "户名与账户不符"},
	"MBAM":  {hold.NameClose, "The name is nearly the account owner's, but not quite", "户名与账户相近，但不完全一致"},
	"BANM":  {hold.NameClose, "The name fits, but it is a firm's account and not a person's", "户名相符，但这是企业账户，不是个人账户"},
	"PANM":  {hold.NameClose, "The name fits, but it is a person's account and not a firm's", "户名相符，但这是个人账户，不是企业账户"},
	"BAMM":  {hold.NameClose, "The name is nearly right, and it is a firm's account and not a person's", "户名相近，且这是企业账户，不是个人账户"},
	"PAMM":  {hold.NameClose, "The name is nearly right, and it is a person's account and not a firm's", "户名相近，且这是个人账户，不是企业账户"},
	"AC01":  {hold.NameNoMatch, "The bank that is named has no such account", "该银行没有这个账户"},
	"IVCR":  {hold.NameUnknown, "The account needs a reference to be told apart, and this is none of its own", "该账户需要正确的附加编号才能核对"},
	"ACNS":  {hold.NameUnknown, "Names are not compared for accounts of this kind", "此类账户不支持核对户名"},
	"OPTO":  {hold.NameUnknown, "The account's owner does not have names compared", "账户持有人未开通户名核对"},
	"CASS":  {hold.NameUnknown, "The account was moved to another bank", "该账户已转移到另一家银行"},
	"SCNS":  {hold.NameUnknown, "The account's bank does not compare names", "收款行不支持核对户名"},
}

// ReadName reads a scheme's code.
func ReadName(code string) NameAnswer {
	if c, known := nameCodes[code]; known {
		return NameAnswer{c.result, code}
	}
	return NameAnswer{Result: hold.NameUnknown}
}

// In says what a name check came to, in a locale.
func (a NameAnswer) In(locale string) string {
	c, known := nameCodes[a.Code]
	switch zh := strings.HasPrefix(locale, "zh"); {
	case !known && zh:
		return notSaidZh
	case !known:
		return notSaid
	case zh:
		return c.zhHans
	default:
		return c.en
	}
}
