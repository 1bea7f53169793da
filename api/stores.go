package api

import (
	"context"
	"time"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/payees"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
)

// What the API needs of the record, by audience. Each has a pool of connections
// of its own, so that none waits for another's.

// BankStore is what the risk engine and the bank's own systems need.
type BankStore interface {
	KeyByDigest(ctx context.Context, digest string) (store.Key, error)
	AcceptHold(ctx context.Context, a store.Accept) (store.AcceptResult, error)
	AcceptHolds(ctx context.Context, as []store.Accept) []store.AcceptLine
	Known(ctx context.Context, client string, keys []string) (map[string]bool, error)
	Hold(ctx context.Context, id hold.ID) (hold.Hold, error)
	ListHolds(ctx context.Context, f store.HoldFilter) ([]hold.Hold, error)
	ChallengesOf(ctx context.Context, ids []hold.ID) ([]hold.Challenge, error)
	KnownOutcomes(ctx context.Context, ids []hold.ID) ([]hold.KnownOutcome, error)
	LearnOutcome(ctx context.Context, l store.Learnt) (hold.KnownOutcome, hold.Refusal, error)
	LookPayee(ctx context.Context, digests []counterparties.Digest) (counterparties.Known, []counterparties.Hit, error)
	ReportRecall(ctx context.Context, id hold.RecallID, p hold.RecallReport, actor string) (hold.Recall, hold.Refusal, error)
	payees.Lists
	Check(ctx context.Context, c store.Check) (store.Checked, hold.Refusal, error)
	BookCheck(ctx context.Context, client, id string) (store.CheckEnd, hold.Refusal, error)
	CancelCheck(ctx context.Context, client, id string) (store.CheckEnd, hold.Refusal, error)
	AmendHold(ctx context.Context, a store.Amend) (hold.Hold, store.ChangeOutcome, error)
	Override(ctx context.Context, id hold.ID, revision int, actor, note string) (hold.Hold, store.ChangeOutcome, error)
	Unpark(ctx context.Context, id hold.ID, actor string) (store.UnparkOutcome, error)
	Feed(ctx context.Context, after int64, limit int) ([]store.FeedItem, error)
	PutCustomer(ctx context.Context, p store.PutCustomer) (hold.Customer, hold.Refusal, error)
	PutPortrait(ctx context.Context, p store.PutPortrait) (hold.Refusal, error)
	CreateSession(ctx context.Context, id hold.CustomerID, digest string, life time.Duration, actor string) (store.Session, error)
	ResetCounters(ctx context.Context, id hold.CustomerID, actor string) error
	PutContacts(ctx context.Context, p store.PutContacts) ([]store.ContactRow, int, hold.Refusal, error)
	Locks(ctx context.Context, id hold.CustomerID) (store.Locks, error)
	PutLock(ctx context.Context, p store.PutLock) (store.Locks, hold.Refusal, error)
	StopLock(ctx context.Context, id hold.CustomerID, k protection.Kind, actor string) (store.Locks, hold.Refusal, error)
	StopEverything(ctx context.Context, w store.Stop) (store.Emergency, error)
	Emergency(ctx context.Context, id hold.CustomerID) (store.Emergency, error)
	BankAsksUnfreeze(ctx context.Context, client string, id hold.CustomerID, reason string) (string, hold.Refusal, error)
	PolicySource(ctx context.Context, version string) ([]byte, error)
	Now(ctx context.Context) (hold.Instant, error)
	Complain(ctx context.Context, c store.Complain) (queue.Complaint, hold.Refusal, error)
	chains
}

// CustomerStore is what customers need.
type CustomerStore interface {
	Now(ctx context.Context) (hold.Instant, error)
	SessionByDigest(ctx context.Context, digest string) (store.Session, error)
	Customer(ctx context.Context, id hold.CustomerID) (hold.Customer, error)
	Questions(ctx context.Context, id hold.CustomerID) (store.Questions, error)
	HoldsByID(ctx context.Context, ids []hold.ID) ([]hold.Hold, error)
	ListHolds(ctx context.Context, f store.HoldFilter) ([]hold.Hold, error)
	DecidedSince(ctx context.Context, customer hold.CustomerID, since hold.Instant, limit int) ([]hold.Hold, error)
	CustomerLog(ctx context.Context, id hold.CustomerID, limit int) ([]store.LogLine, error)
	RecallsOf(ctx context.Context, id hold.CustomerID, limit int) ([]hold.Recall, error)
	CodeTries(ctx context.Context, c hold.Challenge) (store.CodeTries, error)
	Resend(ctx context.Context, customer hold.CustomerID, id hold.ChallengeID) (store.ResendResult, error)
	OpenLink(ctx context.Context, customer hold.CustomerID, id hold.ChallengeID,
		link func(hold.ChallengeID, int) hold.Digest) (int, hold.Instant, hold.Refusal, error)
	AppCall(ctx context.Context, id hold.CustomerID) (*store.AppCall, error)
	ReportNotMe(ctx context.Context, customer hold.CustomerID, id hold.ID) (hold.Decision, error)
	AskForHelp(ctx context.Context, id hold.CustomerID) error
	StopEverything(ctx context.Context, w store.Stop) (store.Emergency, error)
	Emergency(ctx context.Context, id hold.CustomerID) (store.Emergency, error)
	CheckPayee(ctx context.Context, q store.PayeeQuestion) (store.PayeeAnswer, hold.Refusal, error)
	EnrolmentNonce(ctx context.Context, id hold.CustomerID) (string, hold.Refusal, error)
	EnrolDevice(ctx context.Context, d hold.Device, nonce string, texts *hold.ContactRules,
		verify func(now hold.Instant) (hold.Refusal, error)) (hold.Device, hold.Refusal, error)
	RevokeDevice(ctx context.Context, customer hold.CustomerID, by, id hold.DeviceID, minAge time.Duration) (hold.Refusal, error)
	Contacts(ctx context.Context, id hold.CustomerID) ([]store.ContactRow, error)
	NameContact(ctx context.Context, n store.NameContact) (store.ContactRow, hold.Refusal, error)
	AskedContacts(ctx context.Context, id hold.CustomerID, r hold.ContactRules) ([]store.AskedContact, error)
	AgreeContact(ctx context.Context, a store.AgreeContact) (hold.Refusal, error)
	RemoveContact(ctx context.Context, w store.ContactWord) (hold.Refusal, error)
	KeepContact(ctx context.Context, w store.ContactWord) (hold.Refusal, error)
	Locks(ctx context.Context, id hold.CustomerID) (store.Locks, error)
	PutLock(ctx context.Context, p store.PutLock) (store.Locks, hold.Refusal, error)
	StopLock(ctx context.Context, id hold.CustomerID, k protection.Kind, actor string) (store.Locks, hold.Refusal, error)
}

// AgentStore is what agents, supervisors and auditors need.
type AgentStore interface {
	Now(ctx context.Context) (hold.Instant, error)
	SeeAgent(ctx context.Context, by store.By) error
	Hold(ctx context.Context, id hold.ID) (hold.Hold, error)
	ChallengesOf(ctx context.Context, ids []hold.ID) ([]hold.Challenge, error)
	PolicySource(ctx context.Context, version string) ([]byte, error)
	chains
	NextCase(ctx context.Context, by store.By) (string, error)
	ViewCase(ctx context.Context, by store.By, id string) (store.CaseView, hold.Refusal, error)
	DecidedMeanwhile(ctx context.Context, by store.By, caseID string) (*hold.Decision, error)
	RenewLease(ctx context.Context, by store.By, id string) (hold.Instant, hold.Refusal, error)
	ReturnCase(ctx context.Context, by store.By, id string) (hold.Refusal, error)
	Unmask(ctx context.Context, u store.Unmask) (string, hold.Refusal, error)
	PlaceCall(ctx context.Context, by store.By, caseID, contact string,
		loose hold.ContactRules) (id, cause string, why hold.Refusal, err error)
	LiveCall(ctx context.Context, by store.By, caseID string) (id, sid string, err error)
	LiveCalls(ctx context.Context, sub string) (sids []string, err error)
	Identify(ctx context.Context, by store.By, caseID, digits string) (bool, int, hold.Refusal, error)
	Dispose(ctx context.Context, d store.Dispose) (store.DisposeResult, error)
	Reassign(ctx context.Context, by store.By, caseID, to string) (hold.Refusal, error)
	OpenInbound(ctx context.Context, in store.Inbound) (string, hold.Refusal, error)
	Queue(ctx context.Context, by store.By, p store.QueuePage) ([]store.QueueItem, error)
	QueueStats(ctx context.Context) (store.QueueStats, error)
	QueueChanges(ctx context.Context, by store.By, from hold.Instant, after string, limit int) ([]store.QueueChange, error)
	Approvals(ctx context.Context, by store.By, limit int) ([]queue.Approval, error)
	AskOverride(ctx context.Context, by store.By, id hold.ID, revision int,
		reason string) (string, hold.Hold, store.ChangeOutcome, hold.Refusal, error)
	AskUnfreeze(ctx context.Context, by store.By, id hold.CustomerID, reason string) (string, hold.Refusal, error)
	StopInCase(ctx context.Context, by store.By, caseID string, texts *hold.ContactRules) (store.EmergencyOfCase, hold.Refusal, error)
	EmergencyInCase(ctx context.Context, by store.By, caseID string) (store.EmergencyOfCase, hold.Refusal, error)
	AskReopen(ctx context.Context, r store.Reopen) (string, hold.Refusal, error)
	TakeSecond(ctx context.Context, d store.Second) (store.SecondResult, error)
	LinkedToPayee(ctx context.Context, by store.By, id string) (bool, error)
	LookPayeeOf(ctx context.Context, digests []counterparties.Digest, beside hold.ID) (counterparties.Known, []counterparties.Hit, error)
	SearchPayee(ctx context.Context, by store.By, digests []counterparties.Digest) (string, error)
	ViewPayee(ctx context.Context, by store.By, id string, of store.DigestsOf) (store.PayeeView, hold.Refusal, error)
	ProposePayee(ctx context.Context, p store.ProposePayee) (hold.Refusal, error)
	Proposals(ctx context.Context, by store.By, limit int) ([]store.Proposed, error)
	AskVerdict(ctx context.Context, a store.AskVerdict) (queue.Verdict, hold.Refusal, error)
	Verdicts(ctx context.Context, by store.By, status queue.VerdictStatus, limit int) ([]queue.Verdict, error)
	TakeVerdict(ctx context.Context, d store.SecondOfVerdict) (store.VerdictResult, error)
	Agents(ctx context.Context) ([]queue.Agent, error)
	PutAgent(ctx context.Context, by store.By, p store.PutAgent) (queue.Agent, hold.Refusal, error)
	AgentNumber(ctx context.Context, sub string) (string, error)
	RevokeAgent(ctx context.Context, by store.By, sub string) error
	Recalls(ctx context.Context, by store.By, p store.RecallPage) ([]hold.Recall, error)
	DecideRecall(ctx context.Context, d store.DecideRecall) (hold.Recall, hold.Refusal, error)
	HoldsByID(ctx context.Context, ids []hold.ID) ([]hold.Hold, error)
	SearchHolds(ctx context.Context, by store.By, q string) ([]hold.Hold, error)
	Story(ctx context.Context, by store.By, id hold.ID) (store.Story, hold.Refusal, error)
	Export(ctx context.Context, by store.By, id hold.ID) (store.Story, hold.Refusal, error)
	Outcomes(ctx context.Context, hours int) (store.Outcomes, error)
	Warnings(ctx context.Context, from, until, now hold.Instant) (store.Warnings, error)
	TakeAloud(ctx context.Context, a store.AgentInterview) (store.InterviewResult, error)
	Interviews(ctx context.Context, id hold.ID) ([]store.KeptInterview, error)
	AskWaitEnd(ctx context.Context, by store.By, id hold.ID, revision int,
		reason string) (string, hold.Hold, store.ChangeOutcome, hold.Refusal, error)
	CustomerLocale(ctx context.Context, id hold.CustomerID) (string, error)
	AskReferral(ctx context.Context, a store.AskReferral) (queue.Referral, hold.Refusal, error)
	Referrals(ctx context.Context, by store.By, p store.ReferralPage) ([]queue.Referral, error)
	SecondReferral(ctx context.Context, d store.Second) (queue.Referral, hold.Refusal, error)
	ReadReferral(ctx context.Context, q store.ReadReferral) (store.ReferralCase, hold.Refusal, error)
	Complaints(ctx context.Context, by store.By, p store.ComplaintPage) ([]store.ListedComplaint, hold.Instant, error)
	AnswerComplaint(ctx context.Context, a store.AnswerComplaint) (store.ListedComplaint, hold.Refusal, error)
	MayReadTrail(ctx context.Context, by store.By, caseID string) (hold.Refusal, error)
	ContactsOfCase(ctx context.Context, by store.By, id string) (store.CaseContacts, hold.Refusal, error)
	ActOnContact(ctx context.Context, a store.ContactAct) (row store.ContactRow, number string, why hold.Refusal, err error)
	LocksOfCase(ctx context.Context, by store.By, id string) (store.Locks, hold.Refusal, error)
	PutLockOfCase(ctx context.Context, p store.CaseLock) (l store.Locks, approval string, why hold.Refusal, err error)
	StopLockOfCase(ctx context.Context, by store.By, id string, k protection.Kind) (store.Locks, hold.Refusal, error)
	Locks(ctx context.Context, id hold.CustomerID) (store.Locks, error)
	Face(ctx context.Context, by store.By, caseID, taskID string, n int) (sealed []byte, of string, why hold.Refusal, err error)
	SecondFace(ctx context.Context, by store.By, approval string, n int) (sealed []byte, of string, why hold.Refusal, err error)
}

// chains has every subject's trail.
type chains interface {
	Chain(ctx context.Context, subject string) ([]audit.Stored, audit.Head, error)
}
