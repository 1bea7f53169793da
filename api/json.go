package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"holdfast/hold"

	"github.com/getkin/kin-openapi/openapi3"
)

const maxDepth = 16

// parse reads one JSON value strictly: UTF-8, no duplicate key, at most 16
// deep, whole numbers up to 2^53, no U+0000 (no database keeps it).
func parse(b []byte) (any, error) {
	if !utf8.Valid(b) {
		return nil, refuse("json_invalid").because("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := value(d, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("json_invalid").because("more than one value")
	}
	return v, nil
}

func value(d *json.Decoder, at string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, refuse("json_invalid").because("nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, refuse("json_invalid").because("cut short or not JSON")
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return object(d, at, depth)
		}
		list := []any{}
		for d.More() {
			v, err := value(d, at+"/"+strconv.Itoa(len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, closed(err)
	case json.Number:
		if n, err := strconv.ParseInt(t.String(), 10, 64); err != nil || n > hold.MaxMinor || n < -hold.MaxMinor {
			return nil, field(at, "must be a whole number of at most 2^53, without fraction or exponent; "+
				"an amount is in minor units: EUR 12.50 is 1250")
		}
		return t, nil
	case string:
		if strings.ContainsRune(t, 0) {
			return nil, field(at, "must not contain U+0000")
		}
		return t, nil
	}
	return t, nil
}

func object(d *json.Decoder, at string, depth int) (any, error) {
	o := map[string]any{}
	for d.More() {
		k, err := d.Token()
		key, ok := k.(string)
		if err != nil || !ok {
			return nil, closed(errForm)
		}
		inner := at + "/" + key
		if !plain.MatchString(key) {
			inner = at // a stranger's key is not repeated
		}
		if _, twice := o[key]; twice {
			f := refuse("json_invalid").because("duplicate key")
			f.Field = inner
			return nil, f
		}
		if o[key], err = value(d, inner, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return o, closed(err)
}

func closed(err error) error {
	if err != nil {
		return refuse("json_invalid").because("cut short or not JSON")
	}
	return nil
}

var (
	plain   = regexp.MustCompile(`^[a-z_]{1,40}$|^[0-9]{1,2}$`)
	unknown = regexp.MustCompile(`^property "([a-z_]{1,40})" is unsupported$`)
)

// check compares a value with a schema and names the field that is wrong.
func (s *spec) check(schema *openapi3.Schema, v any, under string) error {
	err := s.doc.ValidateSchemaJSON(schema, v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation())
	var e *openapi3.SchemaError
	if err == nil {
		return nil
	}
	if !errors.As(err, &e) {
		return field(under, "is not as described")
	}
	for inner := e; errors.As(inner.Origin, &inner); { // an allOf hides the fault within
		if len(inner.JSONPointer()) >= len(e.JSONPointer()) {
			e = inner
		}
	}
	at := under
	for _, name := range e.JSONPointer() {
		if !plain.MatchString(name) {
			break
		}
		at += "/" + name
	}
	if m := unknown.FindStringSubmatch(e.Reason); m != nil {
		at += "/" + m[1]
	}
	return field(at, wording(e))
}

// wording describes what is expected, from the schema alone.
func wording(e *openapi3.SchemaError) string {
	if s := e.Schema; s.Format == "date-time" && slices.Contains([]string{"pattern", "minLength", "maxLength", "format"}, e.SchemaField) {
		return "must be a time that exists, RFC 3339 in UTC (Z) with six digits after the point at most: 2026-03-01T12:00:00.123456Z"
	}
	switch s := e.Schema; e.SchemaField {
	case "required":
		return "is missing"
	case "properties", "additionalProperties":
		return "is no known key"
	case "nullable":
		return "must not be null: leave out what there is not"
	case "type":
		return "must be of type " + strings.Join(s.Type.Slice(), " or ")
	case "enum":
		return fmt.Sprintf("must be one of %v", s.Enum)
	case "minLength", "maxLength":
		if s.MaxLength != nil {
			return fmt.Sprintf("must have %d to %d characters", s.MinLength, *s.MaxLength)
		}
	case "minimum", "maximum":
		if s.Min != nil && s.Max != nil {
			return fmt.Sprintf("must lie between %.0f and %.0f", *s.Min, *s.Max)
		}
	case "minItems", "maxItems":
		if s.MaxItems != nil {
			return fmt.Sprintf("must have %d to %d items", s.MinItems, *s.MaxItems)
		}
	case "uniqueItems":
		return "has an item twice"
	case "minProperties", "maxProperties":
		return "has too few or too many keys"
	case "pattern":
		return "must match " + s.Pattern
	case "format":
		return "is no " + s.Format + " that exists"
	}
	return "is not as described"
}
