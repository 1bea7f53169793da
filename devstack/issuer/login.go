package issuer

import (
	"html/template"
	"net/http"
	"net/url"
)

// login is the provider's own page. It asks for no password, and who is hinted
// at is signed in at once: this is a sandbox, and everybody in it is made up.
func (i *Issuer) login(w http.ResponseWriter, r *http.Request) {
	id, sub := r.FormValue("request"), r.FormValue("sub")
	asked, ok := i.storage.request(id)
	if !ok {
		http.Error(w, "This sign-in has ended. Go back and begin again.", http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodGet {
		sub = asked.LoginHint
	}
	if _, known := i.storage.person(sub); known && i.storage.signIn(id, sub) {
		http.Redirect(w, r, "/authorize/callback?"+url.Values{"id": {id}}.Encode(), http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = loginPage.Execute(w, struct { // the browser is gone
		Request string
		People  []Person
	}{id, i.storage.people})
}

var loginPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sandbox identity provider</title>
<style>
main { max-width: 24rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
button { display: block; width: 100%; min-height: 3rem; margin: .5rem 0; font: inherit }
</style>
<main>
<h1>Who are you?</h1>
<p>A sandbox: these people are made up, and need no password.</p>
<form method="post" action="/login">
<input type="hidden" name="request" value="{{.Request}}">
{{range .People}}<button name="sub" value="{{.Sub}}" data-test="signin-{{.Sub}}">Sign in as {{.Name}}, {{.Role}}</button>
{{end}}</form>
</main>
</html>
`))
