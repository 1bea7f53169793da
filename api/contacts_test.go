package api_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/channels/sms"
	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"
)

// trusting is a bench whose policy has contacts, and whose texts are configured.
func trusting(t *testing.T) *bench {
	t.Helper()
	b := storetest.New(t, storetest.SQLiteURL(t))
	p, err := policy.Load([]byte(defaultSource(t) + "\ncontacts: {enabled: true, inform: text, veto: agent}\n"))
	b.Must(err)
	b.Must(b.SavePolicy(t.Context(), p.Version(), p.Source()))
	return benchWith(t, b, func(c *api.Config) {
		c.Policies = policy.NewSet(p)
		c.Desk.Policies, c.Desk.SMS = c.Policies, &sms.Channel{}
		c.SMS = storetest.TextRules.SMS
	})
}

const trustedNumber = "+4915112345678"

// wordOn is a device's word on a contact, over a nonce of its own.
func (x *bench) wordOn(by push.Signer, contact string, as ...string) string {
	x.t.Helper()
	var n client.EnrolmentNonce
	x.read(x.do("POST", "/v1/app/devices/nonce", nil, as...), 201, &n)
	proof, err := by.SignContact(contact, n.Nonce, x.store.Clock.Now())
	x.store.Must(err)
	return proof
}

// The app names somebody, who agrees by the code of a text; an identified customer blocks
// them, and nothing that the app reads changes by it. The number is in no log, entry or
// reply.
func TestContactsOverHTTP(t *testing.T) {
	t.Parallel()
	x := trusting(t)
	as := []string{"Authorization", "Bearer " + x.token("lin")}
	name := func(proof string) reply {
		return x.do("POST", "/v1/app/contacts", map[string]any{"name": "Ines", "phone": trustedNumber, "proof": proof}, as...)
	}
	named := push.ContactNamed(trustedNumber, "Ines")
	for want, r := range map[string]reply{
		"nonce_mismatch":   name("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
		"digest_mismatch":  name(x.wordOn(x.old, push.ContactNamed(trustedNumber, "Rolf"), as...)),
		"device_too_young": name(x.wordOn(x.young, named, as...)),
	} {
		if r.code() != want {
			t.Errorf("%d %s, want %s", r.status, r.body, want)
		}
	}
	word := x.wordOn(x.old, named, as...)
	var c client.TrustedContact
	x.read(name(word), 201, &c)
	if c.Status != "named" || c.Number != "…78" || c.Name != "Ines" {
		t.Errorf("%+v", c)
	}
	if r := name(word); r.code() != "nonce_mismatch" {
		t.Errorf("the same word again: %s", r.body)
	}
	if r := name(x.wordOn(x.old, named, as...)); r.code() != "contact_exists" {
		t.Errorf("twice: %s", r.body)
	}
	if r := x.do("DELETE", "/v1/app/contacts/"+c.Id, nil, as...); r.status != 400 {
		t.Errorf("taken off without a word: %d", r.status)
	}
	x.agree(c.Id)
	x.store.Clock.Forward(contacts.Settling)
	as = []string{"Authorization", "Bearer " + x.token("lin")}
	before := x.appSees(as)
	if !strings.Contains(before, `"effective"`) || !strings.Contains(before, "They count in three days") {
		t.Error(before)
	}
	caseID := x.leasedCase("lin")
	path := "/v1/callbacks/" + caseID + "/contacts"
	if r := x.as("ana", "supervisor", "GET", path, nil); r.code() != "identity_missing" {
		t.Errorf("whoever rang in: %s", r.body)
	}
	if r := x.as("ana", "supervisor", "POST", path+"/"+c.Id, client.ContactAct{Act: contacts.Block}); r.code() != "identity_missing" {
		t.Errorf("%s", r.body)
	}
	x.identified(caseID)
	var cc client.CaseContactList
	x.read(x.as("ana", "supervisor", "GET", path, nil), 200, &cc)
	if len(cc.Contacts) != 1 || cc.Contacts[0].Status != "effective" || !cc.Identified || !cc.Enabled || cc.Inform != "text" {
		t.Errorf("%+v", cc)
	}
	var done client.ContactDone
	x.read(x.as("ana", "supervisor", "POST", path+"/"+c.Id, client.ContactAct{Act: contacts.Block}), 200, &done)
	if done.Contact.Status != "blocked" || done.Number != "" {
		t.Errorf("%+v", done)
	}
	if after := x.appSees(as); after != before {
		t.Errorf("the app tells of it:\n%s\n%s", before, after)
	}
	x.read(x.do("DELETE", "/v1/app/contacts/"+c.Id, nil, append(as, "Holdfast-Proof", x.wordOn(x.old, c.Id, as...))...), 204, nil)
	var list client.ContactList
	x.read(x.do("GET", "/v1/app/contacts", nil, as...), 200, &list)
	if list.Contacts[0].Status != "effective" || list.Contacts[0].LeavesAt != x.store.Clock.Now().Add(contacts.Settling) {
		t.Errorf("taken off: %+v", list.Contacts)
	}
	x.read(x.as("ana", "supervisor", "GET", path, nil), 200, &cc)
	if cc.Contacts[0].LeavesAt != list.Contacts[0].LeavesAt {
		t.Errorf("for staff: %+v", cc.Contacts)
	}
	keep := func(proof string) reply {
		return x.do("POST", "/v1/app/contacts/"+c.Id+"/keep", map[string]any{"proof": proof}, as...)
	}
	for want, r := range map[string]reply{
		"digest_mismatch": keep(x.wordOn(x.old, c.Id, as...)),
		"nonce_mismatch":  keep("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
	} {
		if r.code() != want {
			t.Errorf("%d %s, want %s", r.status, r.body, want)
		}
	}
	x.read(keep(x.wordOn(x.old, push.ContactKept(c.Id), as...)), 204, nil)
	var kept client.ContactList
	if x.read(x.do("GET", "/v1/app/contacts", nil, as...), 200, &kept); kept.Contacts[0].LeavesAt != 0 {
		t.Errorf("kept: %+v", kept.Contacts)
	}
	x.noNumber(strings.TrimPrefix(trustedNumber, "+49"))
}

func TestBankContacts(t *testing.T) {
	t.Parallel()
	x := trusting(t)
	put := func(key string, all ...map[string]any) reply {
		return x.do("PUT", "/v1/customers/lin/contacts", map[string]any{"contacts": all}, "Authorization", "Bearer "+key)
	}
	ines := map[string]any{"name": "Ines", "phone": trustedNumber}
	var out struct{ Contacts []client.TrustedContact }
	x.read(put(x.key, ines), 200, &out)
	if len(out.Contacts) != 1 || out.Contacts[0].Status != "accepted" || out.Contacts[0].Source != "bank" {
		t.Errorf("%+v", out)
	}
	if r := put(x.newKey("reader", "holds:read"), ines); r.code() != "scope_missing" {
		t.Errorf("%s", r.body)
	}
	ago := map[string]any{"name": "Olu", "phone": "+4915112345679", "accepted_at": "2020-01-01T00:00:00Z"}
	if r := put(x.newKey("crm", "customers:write"), ago); r.code() != "scope_missing" {
		t.Errorf("a consent moved back: %s", r.body)
	}
	if r := put(x.key, ines, ines); r.code() != "field_invalid" {
		t.Errorf("twice: %s", r.body)
	}
	if r := put(x.key, map[string]any{"name": "N", "phone": "+1 900 555 0199"}); r.status < 400 {
		t.Errorf("premium: %s", r.body)
	}
	plain := newBench(t)
	if r := plain.do("PUT", "/v1/customers/lin/contacts", map[string]any{"contacts": []any{ines}}); r.code() != "contacts_off" {
		t.Errorf("without a policy: %s", r.body)
	}
}

// agree has the question sent and its code sent back.
func (x *bench) agree(id string) {
	x.t.Helper()
	for _, text := range x.store.TextsWaiting() {
		sent, err := x.store.BeginText(x.t.Context(), text, storetest.TextRules)
		x.store.Must(err)
		if sent != nil {
			x.store.Must(x.store.TextSent(x.t.Context(), text, "SM"+text))
		}
	}
	taken, err := x.store.Reply(x.t.Context(), store.Reply{SID: "SMin", Forms: []string{trustedNumber}, Said: store.ReplyCode,
		Rules: storetest.Contact, Contact: func(q hold.ContactQuestion) bool { return q.ID == id }})
	x.store.Must(err)
	if taken != hold.TakenUp {
		x.t.Fatal(taken)
	}
}

// appSees is all that the app reads which could tell of a contact.
func (x *bench) appSees(as []string) string {
	x.t.Helper()
	return string(x.do("GET", "/v1/app/contacts", nil, as...).body) + string(x.do("GET", "/v1/app/log", nil, as...).body) +
		string(x.do("GET", "/v1/app/devices", nil, as...).body)
}

// leasedCase is a case of a customer's that ana has: they rang in.
func (x *bench) leasedCase(id hold.CustomerID) string {
	x.t.Helper()
	x.store.Agent("ana", "supervisor")
	caseID, why, err := x.store.OpenInbound(x.t.Context(), store.Inbound{By: store.By{Sub: "ana", Name: "ana Example", GivenName: "ana",
		Role: "supervisor", IssuedAt: x.store.Clock.Now()}, CustomerID: id, Reason: "test", Rules: storetest.CallRules})
	x.store.Granted(why, err)
	return caseID
}

// identified has the customer of ana's case read the digits out.
func (x *bench) identified(caseID string) {
	x.t.Helper()
	_, err := storetest.Raw(x.t, x.store.URL).Exec(fmt.Sprintf(`UPDATE cases SET identified_lease = lease WHERE id = '%s'`, caseID))
	x.store.Must(err)
}

// noNumber fails where a number is in the log or in the trail.
func (x *bench) noNumber(number string) {
	x.t.Helper()
	if strings.Contains(x.log.String(), number) {
		x.t.Error("the number is in the log")
	}
	var entries [][]byte
	x.store.Must(storetest.Raw(x.t, x.store.URL).Select(&entries, `SELECT bytes FROM audit_entries`))
	for _, e := range entries {
		if strings.Contains(string(e), number) {
			x.t.Errorf("the number is in the trail: %s", e)
		}
	}
	if len(entries) == 0 {
		x.t.Error("there is no trail")
	}
}
