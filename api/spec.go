package api

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/text/language"
)

// Specification is openapi.yaml, the source of everything here.
//
//go:embed openapi.yaml
var Specification []byte

// operation is what the specification says of one route.
type operation struct {
	id       string
	security string // apiKey, customerToken, agentToken, or empty: open to all
	scope    string
	roles    []string // of agents
	params   []*openapi3.Parameter
	body     *openapi3.Schema // nil: none, or not JSON
}

type spec struct {
	doc *openapi3.T
	ops map[string]*operation // by the mux's pattern: "GET /v1/holds/{hold_id}"
}

// theSpec is the specification, read once in a process however many servers it has:
// nobody changes it.
var theSpec = sync.OnceValues(readSpec)

func readSpec() (*spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Specification)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	for name, check := range map[string]func(string) error{"date-time": isTime, "time-zone": isTimeZone, "locale": isLocale} {
		doc.SetStringFormatValidator(name, openapi3.NewCallbackValidator(check))
	}
	s := &spec{doc: doc, ops: map[string]*operation{}}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := &operation{id: o.OperationID}
			for _, p := range slices.Concat(item.Parameters, o.Parameters) {
				op.params = append(op.params, p.Value)
			}
			if o.Security != nil {
				for scheme := range (*o.Security)[0] {
					op.security = scheme
				}
			}
			op.scope, _ = o.Extensions["x-scope"].(string)
			roles, _ := o.Extensions["x-roles"].([]any)
			for _, r := range roles {
				op.roles = append(op.roles, fmt.Sprint(r))
			}
			if o.RequestBody != nil {
				if m := o.RequestBody.Value.Content["application/json"]; m != nil {
					op.body = m.Schema.Value
				}
			}
			s.ops[method+" "+path] = op
		}
	}
	return s, nil
}

var errForm = errors.New("not of this form") // never shown: the field's own words are

func isTime(v string) error {
	if _, err := time.Parse(time.RFC3339Nano, v); err != nil {
		return errForm
	}
	return nil
}

// isLocale takes a well-formed tag of BCP 47 (RFC 5646 §2.2.9), also one whose parts
// nobody has registered.
func isLocale(v string) error {
	if _, err := language.Parse(v); err != nil {
		var unregistered language.ValueError
		if !errors.As(err, &unregistered) {
			return errForm
		}
	}
	if strings.Contains(v, "_") {
		return errForm
	}
	return nil
}

func isTimeZone(v string) error {
	if strings.EqualFold(v, "local") {
		return errForm
	}
	if _, err := time.LoadLocation(v); err != nil {
		return errForm
	}
	return nil
}
