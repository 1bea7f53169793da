package policy

import (
	"cmp"
	"reflect"
	"sync"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/ext"
)

// Customer is what a condition may ask about the customer.
type Customer struct {
	Devices int  // enrolled and not revoked
	Phones  int  // in the bank's record
	Frozen  bool // after a not_me
	// Signals are what one of their devices said of itself lately, see
	// hold.Customer.Signals. The zero value: nothing is known.
	Signals hold.Signals
	// Payee is what is known of whom they pay. The zero value: nobody was asked.
	Payee counterparties.Known
}

// The facts that conditions see. Their fields are declared to CEL by the tags,
// so that a misspelt one is a fault when the policy is loaded. The payee's
// name and account are left out: others write them.
type (
	holdFacts struct {
		Kind     string      `cel:"kind"`
		Amount   int64       `cel:"amount"` // minor units; conditions compare the variable amount instead
		Currency string      `cel:"currency"`
		Risk     riskFacts   `cel:"risk"`
		Payee    payeeFacts  `cel:"payee"`
		Origin   originFacts `cel:"origin"`
		Scam     bool        `cel:"scam"`
	}
	riskFacts struct {
		Score   int64    `cel:"score"` // 0–1000
		Reasons []string `cel:"reasons"`
		Model   string   `cel:"model"`
	}
	payeeFacts struct {
		Country   string `cel:"country"` // ISO 3166-1 alpha-2, or empty
		NameCheck string `cel:"name_check"`
	}
	originFacts struct {
		Channel string `cel:"channel"`
	}
	customerFacts struct {
		Devices int64 `cel:"devices"`
		Phones  int64 `cel:"phones"`
		Frozen  bool  `cel:"frozen"`
	}
	// knownFacts are of the payee as the bank knows it, beside what the request says.
	knownFacts struct {
		Level      string    `cel:"level"` // unknown, none, reported or confirmed
		Categories []string  `cel:"categories"`
		FirstSeen  time.Time `cel:"first_seen"` // the first payment to it that was held; now, if this is the first
		Payers     int64     `cel:"payers_30d"` // at most 1,000, as the next
		Held       int64     `cel:"held_30d"`
		Mule       bool      `cel:"mule"`
	}
	// deviceFacts are yes, no or unknown, and integrity what hold.Integrity says or
	// unknown.
	deviceFacts struct {
		OnCall       string `cel:"on_call"`
		ScreenShared string `cel:"screen_shared"`
		RemoteTool   string `cel:"remote_tool"`
		Overlay      string `cel:"overlay"`
		Integrity    string `cel:"integrity"`
	}
)

// facts gathers what conditions see. codes are the request's reasons as the
// catalogue knows them.
func facts(req hold.Request, codes []string, scam bool, c Customer, now hold.Instant) map[string]any {
	check := req.Payee.NameCheck
	if check == "" {
		check = hold.NameUnknown
	}
	return map[string]any{
		"hold": holdFacts{
			Kind: string(req.Kind), Amount: req.Amount.Minor, Currency: req.Amount.Currency,
			Risk:   riskFacts{Score: int64(req.Risk.Score), Reasons: codes, Model: req.Risk.Model},
			Payee:  payeeFacts{Country: req.Payee.Country, NameCheck: string(check)},
			Origin: originFacts{Channel: req.Origin.Channel},
			Scam:   scam,
		},
		"amount":   amount{req.Amount},
		"customer": customerFacts{Devices: int64(c.Devices), Phones: int64(c.Phones), Frozen: c.Frozen},
		"device":   deviceFactsOf(c.Signals),
		"payee":    knownFactsOf(c.Payee, now),
		"now":      now.Time(),
	}
}

func knownFactsOf(k counterparties.Known, now hold.Instant) knownFacts {
	return knownFacts{Level: string(cmp.Or(k.Level, counterparties.Unknown)), Categories: append([]string{}, k.Categories...),
		FirstSeen: cmp.Or(k.FirstSeen, now).Time(), Payers: int64(k.Payers), Held: int64(k.Held), Mule: k.Mule}
}

func deviceFactsOf(s hold.Signals) deviceFacts {
	known := func(s hold.Sign) string { return string(cmp.Or(s, hold.Unknown)) }
	return deviceFacts{OnCall: known(s.OnCall), ScreenShared: known(s.ScreenShared), RemoteTool: known(s.RemoteTool),
		Overlay: known(s.Overlay), Integrity: known(hold.Sign(s.Integrity))}
}

var environment = sync.OnceValues(newEnvironment)

// newEnvironment declares the facts to CEL, with bounds on what is parsed.
func newEnvironment() (*cel.Env, error) {
	return cel.NewEnv(append(moneyOptions(),
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[holdFacts](), reflect.TypeFor[customerFacts](),
			reflect.TypeFor[deviceFacts](), reflect.TypeFor[knownFacts]()),
		cel.Variable("hold", cel.ObjectType("policy.holdFacts")),
		cel.Variable("customer", cel.ObjectType("policy.customerFacts")),
		cel.Variable("device", cel.ObjectType("policy.deviceFacts")),
		cel.Variable("payee", cel.ObjectType("policy.knownFacts")),
		cel.Variable("now", cel.TimestampType),
		cel.ParserExpressionSizeLimit(maxCondition),
		cel.ParserRecursionLimit(64),
		cel.ExpressionNodeLimit(1000),
		cel.RegexProgramSizeLimit(1000),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
	)...)
}

// factSizes bounds the facts for the estimate of a condition's cost.
type factSizes struct{}

// EstimateSize says how long a fact is expected to be at most: the API takes 8
// reasons, and 64 characters are more than any of these texts needs. A longer
// one meets the limit when the condition runs.
func (factSizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	path := n.Path()
	if len(path) == 0 {
		return nil
	}
	size := cost.RangedSizeEstimate(0, 64)
	switch path[len(path)-1] {
	case "reasons":
		size = cost.ListSizeEstimate(cost.RangedSizeEstimate(0, 8), size)
	case "categories":
		size = cost.ListSizeEstimate(cost.RangedSizeEstimate(0, counterparties.MaxCategories), size)
	}
	return &size
}

// EstimateCallCost leaves every function at CEL's own estimate.
func (factSizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
