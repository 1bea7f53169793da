package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"holdfast/api/gen"
	"holdfast/channels"
	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
)

// codes are the stable codes of problems with their status and title. The
// specification lists the same; a test compares.
var codes = map[string]struct {
	status int
	title  string
}{
	"json_invalid":            {400, "The body is not one JSON value in UTF-8, has a duplicate key or is nested too deep"},
	"field_invalid":           {400, "A field or parameter is missing, unknown or not as described"},
	"idempotency_key_missing": {400, "The header Idempotency-Key is missing or malformed"},
	"websocket_refused":       {400, "This is no WebSocket handshake that can be answered"},
	"unauthenticated":         {401, "No valid key or token"},
	"scope_missing":           {403, "The key lacks the scope that this needs"},
	"four_eyes_required":      {403, "A key may only reverse; a release takes two people"},
	"signature_invalid":       {403, "The proof is malformed, of another type, or not signed by the device"},
	"audience_wrong":          {403, "The proof was signed for another Holdfast"},
	"proof_expired":           {403, "The proof has expired or lives too long; check the device's clock"},
	"nonce_mismatch":          {403, "The proof was signed for another challenge, or its nonce is used up"},
	"digest_mismatch":         {403, "The proof was signed for another document"},
	"proof_replayed":          {403, "The proof was used before"},
	"device_unknown":          {403, "The proof names no device of this customer"},
	"device_revoked":          {403, "The device was revoked"},
	"device_too_young":        {403, "The device was enrolled too recently to approve; it may refuse"},
	"device_of_origin":        {403, "The payment came from this device; it may refuse"},
	"device_not_eligible":     {403, "The device may not do this to another"},
	"uv_too_weak":             {403, "A stronger user verification is needed to approve"},
	"interview_missing":       {403, "Questions come before this; answer them first"},
	"interview_invalid":       {422, "The answers are not those of the interview's questions, in their order"},
	"interview_answered":      {409, "The interview was answered otherwise, and that stands"},
	"warning_unread":          {409, "The warning has not been on the screen for long enough, or was not passed"},
	"too_early":               {409, "The payment waits; no approval counts before the time that is given"},
	"not_waiting":             {409, "The hold does not wait"},
	"channel_mismatch":        {403, "The challenge is not answered this way"},
	"code_incorrect":          {403, "The code is wrong"},
	"challenge_exhausted":     {403, "Too many codes were tried; nothing is compared any more"},
	"webhook_refused":         {403, "The webhook is not signed for this address, is malformed, or came before"},
	"role_missing":            {403, "This takes another role"},
	"skill_missing":           {403, "This takes somebody who knows such cases"},
	"agent_linked":            {403, "The agent is linked to this customer"},
	"same_person":             {403, "The second person is the first"},
	"identity_missing":        {403, "Check who the customer is first"},
	"number_incorrect":        {403, "This is not the number"},
	"lease_lost":              {409, "The lease has lapsed or was returned"},
	"already_disposed":        {409, "The task has its disposition"},
	"call_missing":            {409, "It takes a call of this lease; to confirm, one with a person for 30 s"},
	"provider_silent":         {409, "The provider does not say whether the call goes on, or how long it was; try again in a moment"},
	"nothing_to_confirm":      {409, "No callback asks about this hold"},
	"call_later_invalid":      {409, "The time is past, or not before the deadline"},
	"case_leased":             {409, "Another agent has this customer"},
	"case_open":               {409, "Return the case that you have first"},
	"agent_number_missing":    {409, "A supervisor has to set your number first"},
	"contact_not_eligible":    {409, "This number may not be called"},
	"face_unseen":             {409, "Look at the three pictures and the portrait first"},
	"portrait_missing":        {409, "The bank has given no portrait to compare the pictures with"},
	"portrait_too_young":      {409, "The portrait was put too short a time before the payment, or after it, and proves nothing"},
	"quiet_hours":             {409, "It is too early or too late in the customer's day for a call"},
	"call_under_way":          {409, "There is a call under way"},
	"identity_check_failed":   {409, "Too many wrong numbers in this lease"},
	"calls_not_configured":    {409, "Calls are not configured here"},
	"approval_closed":         {409, "It does not wait any more"},
	"approval_void":           {409, "What the first person asked for is void"},
	"approval_pending":        {409, "The same waits for a second person already"},
	"check_cancelled":         {409, "The check was given back; ask anew, under another key"},
	"check_lapsed":            {409, "The check was not booked in time, and its payment does not fit any more"},
	"payee_mule":              {409, "Two people say so of the payee; it takes a call, not the bank's own word"},
	"not_frozen":              {409, "The customer is not frozen"},
	"everything_stopped": {409, "The customer stopped everything; two people open it again, of whom one has checked in a call or at the " +
		"counter who the customer is"},
	"not_stopped":              {409, "The customer has not stopped everything"},
	"payee_shared":             {422, "The bank's lists say that many use this account"},
	"verdict_stands":           {409, "This is in force already"},
	"verdict_missing":          {409, "No mule verdict on this payee is in force"},
	"referral_limit":           {409, "As many referrals, or readings of one, as are allowed"},
	"trail_broken":             {409, "The trail does not verify: nothing is handed over"},
	"complaint_closed":         {409, "The complaint has its answer"},
	"own_verdict":              {403, "Somebody else answers a complaint about your verdict"},
	"complaint_limit":          {429, "Too many complaints of this client in 24 hours"},
	"reference_reused":         {422, "Another complaint has this reference"},
	"payees_not_configured":    {409, "Payees are not looked up here"},
	"call_limit":               {429, "Too many calls to this customer in an hour"},
	"looks_limit":              {429, "Too many looks in this hour"},
	"contacts_off":             {409, "The bank's policy has no contacts, or not this"},
	"contact_limit":            {409, "There are three contacts already"},
	"contact_exists":           {409, "This number is one of the contacts already"},
	"contact_number":           {422, "A number like this gets nothing from us"},
	"contact_refused":          {422, "This person cannot be a contact"},
	"contacts_spent":           {429, "Too many of these in this time"},
	"contact_not_in_force":     {409, "The contact is not in force, or not for this"},
	"contact_blocked":          {409, "The customer has blocked this contact; tell nobody"},
	"contact_is_payee":         {409, "The contact is who this payment goes to"},
	"not_doubted":              {409, "Nothing speaks against this payment"},
	"contact_acted":            {409, "This was done about this payment before"},
	"proof_missing":            {403, "This loosens a lock: a device that may approve signs it, its user verified"},
	"second_missing":           {409, "This loosens a lock: give a reason, and a second person is asked"},
	"loosened_elsewhere":       {403, "No key loosens a lock: the customer's device does, or two people of the bank"},
	"scam_open":                {409, "A payment that looks like a scam waits, or did not long ago: nothing is loosened"},
	"loosenings_spent":         {429, "Too many loosenings were asked for in a day"},
	"lock_counts":              {409, "It counts already and is not stopped; set the lock anew"},
	"image_invalid":            {400, "This is no JPEG or PNG picture of 64 to 4096 pixels a side"},
	"link_limit":               {409, "There were three links already"},
	"disposition_mismatch":     {409, "Face checks, urgent calls and other calls each have their own results"},
	"faces_not_configured":     {409, "Face checks are not configured here"},
	"frozen":                   {403, "The customer is frozen"},
	"origin_refused":           {403, "This origin may not open a socket"},
	"csrf_refused":             {403, "The request does not come from the console's page"},
	"not_found":                {404, "There is none, or it is not yours"},
	"method_not_allowed":       {405, "The path has no such method"},
	"idempotency_in_flight":    {409, "A request with this key is under way; repeat it"},
	"transaction_already_held": {409, "This transaction of yours is held already"},
	"hold_decided":             {409, "The hold is decided"},
	"deadline_passed":          {409, "The deadline has passed; the decision follows"},
	"already_answered":         {409, "The challenge was answered"},
	"challenge_cancelled":      {409, "The question was taken back"},
	"device_exists":            {409, "The key is enrolled already, or was and is revoked"},
	"device_limit":             {409, "The customer has as many devices, or open enrolments, as are allowed"},
	"settlement_not_parked":    {409, "The settlement is not parked"},
	"outcome_limit":            {409, "The outcome was corrected a hundred times; it takes no more"},
	"recall_status":            {409, "The recall has come further, or does not go that way"},
	"recall_early":             {409, "The money has not left yet; confirm it once the payment is released"},
	"verdict_ended":            {409, "The verdict that proposed it is not in force any more"},
	"recall_amount":            {422, "More would come back than was paid"},
	"challenge_expired":        {410, "The challenge has expired; the answer is on record as late"},
	"revision_stale":           {412, "If-Match names an older revision"},
	"body_too_large":           {413, "The body or a line of it is larger than allowed"},
	"content_type_unsupported": {415, "The content type is not the one described"},
	"customer_unknown":         {422, "Nothing was stored: put the customer first"},
	"outcome_time_invalid":     {422, "`at` lies in the future, or before the payment was held"},
	"idempotency_key_reused":   {422, "This key was used with another body"},
	"if_match_missing":         {428, "The header If-Match is missing or malformed"},
	"resend_too_early":         {429, "The text went out less than a minute ago"},
	"resend_limit":             {429, "No more texts for this hold or number"},
	"rate_limited":             {429, "Too many requests"},
	"check_limit":              {429, "This customer asked about accounts as often as they may in a day"},
	"import_running":           {409, "This list is being imported already"},
	"import_lost":              {409, "The import stood still for five minutes and was given up; the list before stands"},
	"list_too_short":           {409, "The list has no lines, or fewer than half of those in force; the list before stands"},
	"list_line_invalid":        {422, "A line cannot be taken; the list before stands"},
	"ref_twice":                {422, "A reference stands on two lines; the list before stands"},
	"internal":                 {500, "A fault of ours; it is in our log"},
	"overloaded":               {503, "More holds come in than can be decided in time; nothing was stored"},
	"busy":                     {503, "Not now; nothing was changed"},
}

// fault is a problem on its way to the client.
type fault struct {
	gen.Problem
	wait time.Duration // for Retry-After, when it is known
}

func (f *fault) Error() string { return f.Code }

// refuse makes the problem of a code.
func refuse(code string) *fault {
	c, ok := codes[code]
	if !ok {
		code, c = "internal", codes["internal"]
	}
	return &fault{Problem: gen.Problem{Type: "/docs#" + code, Title: c.title, Status: c.status, Code: code}}
}

// told is what a client is told of what the record refuses, and of a fault; nil:
// there is neither. A refusal's own value is its code, but for some that no client
// could tell apart from others.
func told(why hold.Refusal, err error) error {
	if err != nil || why == "" {
		return err
	}
	switch why {
	case hold.Backdated:
		return refuse("scope_missing").because("moving a since back needs the scope customers:import")
	case hold.RecallMisplaced:
		return field("/recall", "goes with a payer's complaint that is upheld, about a payment that was released")
	case hold.RecallCurrency:
		return field("/amount/currency", "is not the payment's")
	case hold.LockDevice:
		return field("/devices", "has one that is not the customer's")
	case hold.SinceFuture:
		return field("since", "lies in the future")
	}
	f := refuse(string(why))
	f.wait = waits[why]
	return f
}

// waits are how long a limit lasts at most.
var waits = map[hold.Refusal]time.Duration{hold.LooksSpent: time.Hour, hold.CallLimit: time.Hour, hold.ComplaintLimit: time.Hour,
	hold.ContactsSpent: contacts.Day, hold.LooseningsSpent: protection.LooseningSpan}

// field says that one field of the body (a JSON pointer) or one parameter is
// not as described. detail never quotes what was sent.
func field(name, detail string) *fault {
	f := refuse("field_invalid")
	f.Field, f.Detail = name, detail
	return f
}

func (f *fault) because(detail string) *fault { f.Detail = detail; return f }

func (f *fault) with(s gen.Stands) *fault { f.Stands = &s; return f }

// asFault turns any error into what the client may know of it.
func asFault(err error) *fault {
	var f *fault
	var r *channels.RefusedError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &r):
		return refuse(string(r.Refusal))
	case errors.Is(err, store.ErrNotFound):
		return refuse("not_found")
	case errors.Is(err, store.ErrRevoked):
		return refuse("unauthenticated")
	case errors.Is(err, store.ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return refuse("busy")
	}
	return refuse("internal")
}

// answerFault writes an error as a problem document, and ours into the log.
func (s *Server) answerFault(w http.ResponseWriter, r *http.Request, err error) {
	f := asFault(err)
	if f.Code == "internal" {
		s.Log.ErrorContext(r.Context(), "a request failed", "route", r.Pattern, "error", err)
	}
	f.write(w)
}

func (f *fault) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch f.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.wait.Seconds())))))
		}
	}
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(f.Problem) // the client is gone
}

// WriteProblem is for handlers that stand beside the API, as the gateway.
func WriteProblem(w http.ResponseWriter, status int, code, title string) {
	f := refuse(code)
	f.Status, f.Title = status, title
	f.write(w)
}
