package contacts_test

import (
	"testing"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
)

type (
	contact = contacts.Contact
	facts   = contacts.Facts
	naming  = contacts.Naming
	terms   = contacts.Terms
)

const at = hold.Instant(1_000_000_000_000)

func TestStanding(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		is           contact
		after        time.Duration
		stands, show contacts.Status
	}{
		"asked":          {contact{NamedAt: at}, 0, contacts.Named, contacts.Named},
		"never answered": {contact{NamedAt: at}, 7 * day, contacts.Removed, contacts.Removed},
		"agreed":         {contact{NamedAt: at, AcceptedAt: at}, 72*time.Hour - 1, contacts.Accepted, contacts.Accepted},
		"in force":       {contact{NamedAt: at, AcceptedAt: at}, 72 * time.Hour, contacts.Effective, contacts.Effective},
		"taken off":      {contact{NamedAt: at, AcceptedAt: at, RemovedAt: at}, 72 * time.Hour, contacts.Removed, contacts.Removed},
		"leaving":        {contact{NamedAt: at, AcceptedAt: at, RemovedAt: at.Add(6 * day)}, 6*day - 1, contacts.Effective, contacts.Effective},
		"left":           {contact{NamedAt: at, AcceptedAt: at, RemovedAt: at.Add(6 * day)}, 6 * day, contacts.Removed, contacts.Removed},
		"blocked, leaving": {contact{NamedAt: at, AcceptedAt: at, BlockedAt: at, RemovedAt: at.Add(6 * day)}, 6*day - 1, contacts.Blocked,
			contacts.Effective},
		"blocked in force":    {contact{NamedAt: at, AcceptedAt: at, BlockedAt: at}, 72 * time.Hour, contacts.Blocked, contacts.Effective},
		"blocked while asked": {contact{NamedAt: at, BlockedAt: at}, 0, contacts.Blocked, contacts.Named},
		"blocked, taken off":  {contact{NamedAt: at, BlockedAt: at, RemovedAt: at}, 0, contacts.Removed, contacts.Removed},
		"blocked, unanswered": {contact{NamedAt: at, BlockedAt: at}, 7 * day, contacts.Removed, contacts.Removed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.is.Stands(at.Add(c.after)); got != c.stands {
				t.Errorf("stands: %s, want %s", got, c.stands)
			}
			if got := c.is.Shown(at.Add(c.after)); got != c.show {
				t.Errorf("shown: %s, want %s", got, c.show)
			}
		})
	}
}

// Who counts, blocked or not, is taken off by the app later; who does not, at once.
func TestLeaves(t *testing.T) {
	t.Parallel()
	now := at.Add(contacts.Settling)
	for name, c := range map[string]struct {
		is   contact
		want hold.Instant
	}{
		"asked":         {contact{NamedAt: at}, now},
		"agreed":        {contact{NamedAt: at, AcceptedAt: at + 1}, now},
		"counts":        {contact{NamedAt: at, AcceptedAt: at}, now.Add(contacts.Settling)},
		"seems to":      {contact{NamedAt: at, AcceptedAt: at, BlockedAt: at}, now.Add(contacts.Settling)},
		"seems to soon": {contact{NamedAt: at, AcceptedAt: at + 1, BlockedAt: at}, now},
	} {
		if got := c.is.Leaves(now); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if c.is.LeavesAt(now) != 0 {
			t.Errorf("%s: nobody wants it", name)
		}
	}
	leaving := contact{AcceptedAt: at, RemovedAt: now}
	if leaving.LeavesAt(now-1) != now || leaving.LeavesAt(now) != 0 {
		t.Error("it ends when they have left")
	}
}

func TestVetoFrom(t *testing.T) {
	t.Parallel()
	c := contact{AcceptedAt: at}
	if c.VetoFrom() != 0 {
		t.Error("nobody wished it")
	}
	c.VetoAt = at.Add(time.Hour)
	if got := c.VetoFrom(); got != at.Add(73*time.Hour) {
		t.Error(got)
	}
	c.AcceptedAt = at.Add(100 * time.Hour)
	if got := c.VetoFrom(); got != at.Add(172*time.Hour) {
		t.Error("it may veto before it counts:", got)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, from := range contacts.Statuses {
		for _, to := range contacts.Statuses {
			backwards := to == contacts.Named || from == contacts.Removed || from == to || from == contacts.Blocked && to != contacts.Removed
			if backwards && from.CanBecome(to) {
				t.Errorf("%s becomes %s", from, to)
			}
		}
	}
	if !contacts.Effective.CanBecome(contacts.Blocked) || contacts.Named.CanBecome(contacts.Effective) {
		t.Error("the steps")
	}
}

func TestNaming(t *testing.T) {
	t.Parallel()
	live := func(number string) contact { return contact{NumberID: number, NamedAt: at} }
	phone := hold.Phone{Number: "+393331112222"}
	paid := []hold.Payee{{Name: "ROSSI, Maria-Elena", Account: "DE02100100100006820101"}}
	for name, c := range map[string]struct {
		n    naming
		want hold.Refusal
	}{
		"a stranger":          {naming{Name: "Ines", Paid: paid}, ""},
		"frozen":              {naming{Customer: hold.Customer{FrozenAt: 1}}, hold.CustomerFrozen},
		"the fourth":          {naming{Theirs: []contact{live("a"), live("b"), live("c")}}, hold.ContactLimit},
		"after one was taken": {naming{Theirs: []contact{live("a"), live("b"), {NumberID: "c", NamedAt: at, RemovedAt: at}}}, ""},
		"a blocked one counts": {naming{Theirs: []contact{live("a"), live("b"), {NumberID: "c", NamedAt: at,
			BlockedAt: at}}}, hold.ContactLimit},
		"twice":                {naming{Theirs: []contact{live("num_new")}}, hold.ContactKnown},
		"by its other form":    {naming{Theirs: []contact{live("num_old")}}, hold.ContactKnown},
		"a number of no use":   {naming{NumberBad: true}, hold.ContactNumberBad},
		"their own number":     {naming{Own: true}, hold.ContactRefused},
		"who shares with them": {naming{Shares: true}, hold.ContactRefused},
		"a payee by name":      {naming{Name: "Maria Elena Rossi", Paid: paid}, hold.ContactRefused},
		"a payee by alias": {naming{Name: "Ines", Paid: []hold.Payee{{Name: "X", Account: "+39 333 111-2222"}}},
			hold.ContactRefused},
		"asked too often": {naming{Asked: 3}, hold.ContactsSpent},
		"five a day": {naming{Theirs: slicesOf(5, contact{NumberID: "a", Source: contacts.ByApp, NamedAt: at, RemovedAt: at})},
			hold.ContactsSpent},
		"the bank's own are not counted": {naming{Theirs: slicesOf(5, contact{NumberID: "a", Source: contacts.ByBank,
			NamedAt: at, RemovedAt: at})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.n.Phone, c.n.Line, c.n.Now = phone, []string{"num_old", "num_new"}, at
			if got := c.n.Refusal(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	was := contact{ID: "ctc_1", NumberID: "num_1", Name: "Ines", NamedAt: at}
	paid := []hold.Payee{{Name: "ROSSI, Maria"}}
	for name, c := range map[string]struct {
		n    naming
		was  string
		want hold.Refusal
	}{
		"another name":                   {naming{Name: "Ines Rossi", Paid: paid}, "Ines", ""},
		"nobody is asked":                {naming{Name: "Olu", Asked: 3}, "Ines", ""},
		"a payee's name":                 {naming{Name: "Maria Rossi", Paid: paid}, "Ines", hold.ContactRefused},
		"a payee's name no more":         {naming{Name: "Ines", Paid: paid}, "Maria Rossi", hold.ContactRefused},
		"who shares a number by now":     {naming{Name: "Olu", Shares: true}, "Ines", hold.ContactRefused},
		"of a customer who is protected": {naming{Name: "Olu", Customer: hold.Customer{FrozenAt: 1}}, "Ines", hold.CustomerFrozen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.n.Theirs, c.n.Line, c.n.Now = []contact{was}, []string{"num_1"}, at
			was := was
			was.Name = c.was
			if got := c.n.Change(was); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func slicesOf[T any](n int, v T) (all []T) {
	for range n {
		all = append(all, v)
	}
	return all
}

func TestForm(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{{"Zoë O'Brien", "OBRIEN zoe"}, {"Kovács, Anna", "anna kovacs"}, {"Straße", "STRASSE"},
		{"李伟", "李伟"}} {
		if a, b := contacts.Form(same[0]), contacts.Form(same[1]); a != b || a == "" {
			t.Errorf("%q is %q, %q is %q", same[0], a, same[1], b)
		}
	}
	if contacts.Form("Anna Kovacs") == contacts.Form("Anna Kovac") || contacts.Form("123 …") != "" {
		t.Error("others are taken for one")
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	on := terms{On: true, Inform: contacts.InformText, Veto: contacts.VetoAgent}
	now := at.Add(200 * time.Hour)
	inForce := contact{Name: "Ines", NamedAt: at, AcceptedAt: at, VetoAt: at}
	doubted := &hold.Standing{Hold: hold.Hold{Status: hold.Held, SuspectedAt: 1, Request: hold.Request{Payee: hold.Payee{Name: "Anna"}}}}
	plain := &hold.Standing{Hold: hold.Hold{Status: hold.Held}}
	toThem := &hold.Standing{Hold: hold.Hold{Status: hold.Held, SuspectedAt: 1, Request: hold.Request{Payee: hold.Payee{Name: "ines"}}}}
	over := &hold.Standing{Hold: hold.Hold{Status: hold.Releasing, SuspectedAt: 1}}
	blocked, young, gone := inForce, inForce, inForce
	blocked.BlockedAt, young.AcceptedAt, gone.RemovedAt = at, now.Add(-time.Hour), at
	const alias = "+393331112222"
	toAlias := &hold.Standing{Hold: hold.Hold{Status: hold.Held, SuspectedAt: 1,
		Request: hold.Request{Payee: hold.Payee{Account: "+39 333 1112222"}}}}
	never := contact{NamedAt: at, AcceptedAt: at}
	late := inForce
	late.VetoAt = now.Add(-time.Hour)
	for name, c := range map[string]struct {
		act  contacts.Act
		f    facts
		want hold.Refusal
	}{
		"block, not identified":        {contacts.Block, facts{Terms: on, Contact: inForce}, hold.IdentityMissing},
		"block":                        {contacts.Block, facts{Terms: on, Contact: inForce, Identified: true}, ""},
		"block before they count":      {contacts.Block, facts{Terms: on, Contact: young, Identified: true}, ""},
		"block at the counter":         {contacts.Block, facts{Contact: inForce, Counter: true}, ""},
		"block though all is off":      {contacts.Block, facts{Contact: inForce, Identified: true}, ""},
		"a clerk allows no veto":       {contacts.AllowVeto, facts{Terms: on, Contact: inForce, Counter: true}, hold.IdentityMissing},
		"a clerk tells nobody":         {contacts.Call, facts{Terms: on, Contact: inForce, Counter: true, Hold: doubted}, hold.RoleMissing},
		"allow, not identified":        {contacts.AllowVeto, facts{Terms: on, Contact: inForce}, hold.IdentityMissing},
		"allow":                        {contacts.AllowVeto, facts{Terms: on, Contact: inForce, Identified: true}, ""},
		"off":                          {contacts.Call, facts{Contact: inForce, Hold: doubted}, hold.ContactsOff},
		"text, by call alone":          {contacts.TextThem, facts{Terms: terms{On: true}, Contact: inForce, Hold: doubted}, hold.ContactsOff},
		"veto, off":                    {contacts.Veto, facts{Terms: terms{On: true}, Contact: inForce, Hold: doubted}, hold.ContactsOff},
		"call":                         {contacts.Call, facts{Terms: on, Contact: inForce, Hold: doubted}, ""},
		"text":                         {contacts.TextThem, facts{Terms: on, Contact: inForce, Hold: doubted}, ""},
		"the second text":              {contacts.TextThem, facts{Terms: on, Contact: inForce, Hold: doubted, Done: true}, hold.ContactActed},
		"the fourth text of a day":     {contacts.TextThem, facts{Terms: on, Contact: inForce, Hold: doubted, Texts: 3}, hold.ContactsSpent},
		"a call again":                 {contacts.Call, facts{Terms: on, Contact: inForce, Hold: doubted, Done: true}, ""},
		"nothing speaks against it":    {contacts.TextThem, facts{Terms: on, Contact: inForce, Hold: plain}, hold.NotDoubted},
		"blocked":                      {contacts.Call, facts{Terms: on, Contact: blocked, Hold: doubted}, hold.ContactBlocked},
		"blocked, veto":                {contacts.Veto, facts{Terms: on, Contact: blocked, Hold: doubted}, hold.ContactBlocked},
		"not yet":                      {contacts.Call, facts{Terms: on, Contact: young, Hold: doubted}, hold.ContactNotInForce},
		"taken off":                    {contacts.Call, facts{Terms: on, Contact: gone, Hold: doubted}, hold.ContactNotInForce},
		"the payee":                    {contacts.Call, facts{Terms: on, Contact: inForce, Hold: toThem}, hold.ContactIsPayee},
		"the payee by number":          {contacts.Call, facts{Terms: on, Contact: inForce, Number: alias, Hold: toAlias}, hold.ContactIsPayee},
		"decided":                      {contacts.Veto, facts{Terms: on, Contact: inForce, Hold: over}, hold.HoldDecided},
		"veto of what nobody doubts":   {contacts.Veto, facts{Terms: on, Contact: inForce, Hold: plain}, ""},
		"veto before it was allowed":   {contacts.Veto, facts{Terms: on, Contact: never, Hold: plain}, hold.ContactNotInForce},
		"veto within 72 h of the wish": {contacts.Veto, facts{Terms: on, Contact: late, Hold: plain}, hold.ContactNotInForce},
		"the fourth veto":              {contacts.Veto, facts{Terms: on, Contact: inForce, Hold: plain, Vetoes: 3}, hold.ContactsSpent},
		"the same hold again":          {contacts.Veto, facts{Terms: on, Contact: inForce, Hold: plain, Done: true}, hold.ContactActed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.f.Now = now
			if got := c.f.Rule(c.act); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
