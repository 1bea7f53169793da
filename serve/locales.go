package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"holdfast/locales"
	"holdfast/web"
)

// speak has the process speak what the bank's directory says, over what is built in. A
// fault in it is the setting's; what is missing is said in English, and in the log: a new
// version may want sentences that the bank does not have yet.
func (c Config) speak(ctx context.Context, log *slog.Logger) error {
	if c.Locales == "" {
		return nil
	}
	set, found, err := locales.Load(c.Locales)
	if err != nil {
		return err
	}
	missing := map[string]int{}
	for _, f := range found {
		if f.Fault {
			err = errors.Join(err, fmt.Errorf("locales: %s", f))
		} else {
			missing[f.File]++
		}
	}
	if err != nil {
		return err
	}
	for file, n := range missing {
		log.WarnContext(ctx, "sentences are missing and said in English: holdfast locales check names them", "file", file, "sentences", n)
	}
	locales.Use(set)
	return nil
}

// texts serves the app's sentences, by the nearest locale that is spoken.
func texts() (http.HandlerFunc, error) {
	set, by := locales.Current(), map[string]http.HandlerFunc{}
	for _, tag := range set.Tags() {
		b, err := json.Marshal(map[string]any{"locale": set.Spoken(tag, "app.bank"), "texts": set.File(tag, "app")})
		if err != nil {
			return nil, err
		}
		by[tag] = web.Data(b)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		tag := r.PathValue("locale")
		if len(tag) > maxTag {
			http.NotFound(w, r)
			return
		}
		by[set.Chain(tag)[0]](w, r)
	}, nil
}

const maxTag = 64 // letters of a tag that is looked at
