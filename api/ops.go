package api

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"holdfast/api/gen"

	"github.com/getkin/kin-openapi/openapi3"
)

func (s *Server) alive(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, gen.Health{Status: "ok"})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	h := gen.Health{Status: "ok", Checks: s.Ready(r.Context())}
	status := http.StatusOK
	for _, v := range h.Checks {
		if v != "ok" {
			h.Status, status = "unavailable", http.StatusServiceUnavailable
		}
	}
	writeHealth(w, status, h)
}

func writeHealth(w http.ResponseWriter, status int, h gen.Health) {
	w.Header().Set("Content-Type", "application/json")
	if status != http.StatusOK {
		w.Header().Set("Retry-After", "5")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(h) // the prober is gone
}

func specification(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(Specification)
}

type docOperation struct {
	Method, Path, ID, Summary, Text, Who string
	Codes                                []any
}

// docs renders the specification once: HTML without scripts.
func docs(doc *openapi3.T) http.Handler {
	var ops []docOperation
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			d := docOperation{Method: method, Path: path, ID: o.OperationID, Summary: o.Summary, Text: o.Description, Who: "open to all"}
			if o.Security != nil {
				d.Who = "with a customer token"
			}
			if roles, ok := o.Extensions["x-roles"].([]any); ok {
				d.Who = strings.Trim(fmt.Sprint("with an agent's token, role ", roles), "[]")
			}
			if scope, ok := o.Extensions["x-scope"].(string); ok {
				d.Who = "with an API key, scope " + scope
			}
			d.Codes, _ = o.Extensions["x-codes"].([]any)
			ops = append(ops, d)
		}
	}
	slices.SortFunc(ops, func(a, b docOperation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	var known []gen.Problem
	for code := range codes {
		known = append(known, refuse(code).Problem)
	}
	slices.SortFunc(known, func(a, b gen.Problem) int { return strings.Compare(a.Code, b.Code) })
	var page strings.Builder
	if err := docsPage.Execute(&page, map[string]any{"Ops": ops, "Codes": known, "Text": doc.Info.Description}); err != nil {
		panic(err) // the template and the specification are embedded: a test renders it
	}
	body := []byte(page.String())
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_, _ = w.Write(body)
	})
}

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Holdfast API</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
code{font-size:.95em}h2{margin-top:2.5rem}h3{margin-bottom:.2rem}p{margin:.3rem 0}.who,.codes{color:#555}pre{white-space:pre-wrap}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}</style>
<h1>Holdfast API</h1><p>The whole description, for machines too: <a href="/openapi.yaml">openapi.yaml</a>.</p>
<h2>Routes</h2>{{range .Ops}}<h3 id="{{.ID}}"><code>{{.Method}} {{.Path}}</code></h3><p>{{.Summary}}. <span class="who">{{.Who}}</span></p>
{{with .Text}}<p>{{.}}</p>{{end}}
{{with .Codes}}<p class="codes">{{range .}}<a href="#{{.}}"><code>{{.}}</code></a> {{end}}</p>{{end}}{{end}}
<h2>Problems</h2><table><tr><th>code<th>status<th>meaning
{{range .Codes}}<tr id="{{.Code}}"><td><code>{{.Code}}</code><td>{{.Status}}<td>{{.Title}}{{end}}</table>
</html>
`))
