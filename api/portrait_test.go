package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store/storetest"
)

// face is a picture of one colour.
func face(t *testing.T, c color.Color) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (x *bench) putPortrait(key, picture, since string) reply {
	x.t.Helper()
	path := "/v1/customers/" + string(x.store.Customer.ID) + "/portrait"
	if since != "" {
		path += "?since=" + url.QueryEscape(since)
	}
	return x.do("PUT", path, picture, append(by(key), "Content-Type", "image/png")...)
}

// The key that may write customers puts a thief's portrait in the place of the
// owner's once the hold is there: whoever looks, and says that the thief is the
// person of the portrait, is told that it proves nothing.
func TestSwappedPortraitOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, ch := x.store.Faced(false)
	x.store.Pictured(ch)
	x.store.Clock.Forward(time.Minute)
	if r := x.putPortrait(x.newKey("sync", "customers:write"), face(t, color.White), ""); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	x.store.Agent("ana", "agent")
	var c client.Case
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil), 200, &c)
	if c.Tasks[0].Portrait {
		t.Error("the console is told that it can be compared")
	}
	for _, n := range []string{"0", "1", "2", "3"} {
		if r := x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id+"/tasks/"+c.Tasks[0].Id+"/pictures/"+n, nil); r.status != 200 {
			t.Errorf("picture %s: %d %s", n, r.status, r.body)
		}
	}
	r := x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id,
		Disposition: hold.SameFace, Revision: 1})
	if r.status != 409 || r.code() != "portrait_too_young" {
		t.Errorf("the first person: %d %s", r.status, r.body)
	}
}

// The same between the first person's word and the second's.
func TestSwappedPortraitForTheSecond(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, approval := x.store.Faces(x.store.Agent("ana", "agent"))
	x.store.Clock.Forward(time.Minute)
	x.read(x.putPortrait(x.key, face(t, color.White), "2020-01-01T00:00:00Z"), 204, nil)
	x.store.SeenToo(x.store.Agent("bo", "agent"), approval)
	r := x.as("bo", "agent", "POST", "/v1/approvals/"+approval, client.ApprovalDecision{Decision: "approve", Reason: "looked"})
	if r.status != 409 || r.code() != "portrait_too_young" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// What a portrait's age may be said to be, and by whom.
func TestPortraitSince(t *testing.T) {
	t.Parallel()
	hers, another := face(t, color.White), face(t, color.Black)
	write, imports := []string{"customers:write"}, []string{"customers:write", "customers:import"}
	for name, c := range map[string]struct {
		picture, since string
		scopes         []string
		status         int
		code           string
		asked          hold.ChallengeStatus // of the next hold's face check
	}{
		"a new one":                   {another, "", write, 204, "", hold.Undeliverable},
		"a new one, said old":         {another, "2025-01-01T00:00:00Z", write, 403, "scope_missing", hold.Open},
		"a new one, imported":         {another, "2025-01-01T00:00:00Z", imports, 204, "", hold.Open},
		"the same":                    {hers, "", write, 204, "", hold.Open},
		"the same, said older":        {hers, "2020-01-01T00:00:00Z", write, 403, "scope_missing", hold.Open},
		"the same, said to be of now": {hers, "2026-03-04T12:00:00Z", write, 204, "", hold.Undeliverable},
		"of the future":               {hers, "2027-01-01T00:00:00Z", imports, 400, "field_invalid", hold.Open},
		"of no time":                  {hers, "yesterday", write, 400, "field_invalid", hold.Open},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newBench(t)
			x.read(x.putPortrait(x.key, hers, "2025-06-01T00:00:00Z"), 204, nil)
			if r := x.putPortrait(x.newKey("sync", c.scopes...), c.picture, c.since); r.status != c.status || r.status != 204 && r.code() != c.code {
				t.Errorf("%d %s, want %d %s", r.status, r.body, c.status, c.code)
			}
			id := x.store.Held(storetest.FaceLadder(false))
			rules := storetest.CallRules
			rules.Channels, rules.Link = []hold.Channel{hold.FaceLink}, storetest.LinkOf
			_, err := x.store.OpenRung(t.Context(), id, 0, hold.NoRung, rules)
			x.store.Must(err)
			cs, err := x.store.Challenges(t.Context(), id)
			x.store.Must(err)
			if cs[0].Status != c.asked {
				t.Errorf("the next face check is %s %s", cs[0].Status, cs[0].Cause)
			}
		})
	}
}

// The client says no since where there is none.
func TestPortraitClient(t *testing.T) {
	t.Parallel()
	at := hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	for since, want := range map[hold.Instant]string{0: "since=", at: "since=2026-03-04T12%3A00%3A00Z"} {
		r, err := client.NewPutPortraitRequestWithBody("http://h", "maria", &client.PutPortraitParams{Since: since}, "image/png", nil)
		if err != nil || r.URL.RawQuery != want {
			t.Errorf("%v, %v, want %s", r.URL, err, want)
		}
	}
}
