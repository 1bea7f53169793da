package messages

import "holdfast/locales"

// SigninWords are the sentences of the pages around an agent's sign-in.
type SigninWords struct{ Lang, SignedIn, GoOn, NotSignedIn, Why, Again string }

// whyNot says why a sign-in came to nothing, by cause.
var whyNot = map[string]Text{
	"not_configured": "console.whyNot.not_configured",
	"unknown":        "console.whyNot.unknown",
	"declined":       "console.whyNot.declined",
	"invalid":        "console.whyNot.invalid",
	"not_allowed":    "console.whyNot.not_allowed",
	"revoked":        "console.whyNot.revoked",
	"misconfigured":  "console.whyNot.misconfigured",
	"away":           "console.whyNot.away",
	"busy":           "console.whyNot.busy",
}

// Signin are the sentences in a locale; cause is empty when it worked.
func Signin(cause, locale string) SigninWords {
	return SigninWords{Lang: locales.Current().Spoken(locale, "console.signin.signedIn"), SignedIn: Text("console.signin.signedIn").In(locale),
		GoOn:        Text("console.signin.goOn").In(locale),
		NotSignedIn: Text("console.signin.notSignedIn").In(locale), Why: whyNot[cause].In(locale), Again: Text("console.signin.again").In(locale)}
}
