package serve_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/serve"
)

// The app is told its sentences in the nearest language, and is told nothing twice.
func TestTextsOfTheApp(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for tag, want := range map[string][2]string{"de-AT": {"de", "Freigeben"}, "zh-CN": {"zh-Hans", "同意"}, "zh-TW": {"en", "Approve"},
		"en-GB": {"en", "Approve"}, "x": {"en", "Approve"}} {
		a := f.do(http.MethodGet, "/texts/"+tag, "", nil)
		var told struct {
			Locale string
			Texts  map[string]any
		}
		if err := json.Unmarshal([]byte(a.body), &told); err != nil || a.status != http.StatusOK {
			t.Fatal(tag, a.status, err)
		}
		if told.Locale != want[0] || told.Texts["approve"] != want[1] || told.Texts["trust.agree"] == "" {
			t.Errorf("%s: %s, %v", tag, told.Locale, told.Texts["approve"])
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%v", a.header)
		}
		again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/texts/"+tag, http.NoBody)
		f.must(err)
		again.Header.Set("If-None-Match", a.header.Get("ETag"))
		if a := f.send(again); a.status != http.StatusNotModified {
			t.Errorf("%s again: %d", tag, a.status)
		}
	}
	if a := f.do(http.MethodGet, "/texts/"+strings.Repeat("x", 65), "", nil); a.status != http.StatusNotFound {
		t.Errorf("a long tag: %d", a.status)
	}
}

// Nobody starts with sentences that would be said wrongly.
func TestFaultsOfSentencesStopTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "de"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "de", "messages.json"), []byte(`{"texts.challenge": "{bank}: {amount}? Code {cod}"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := serve.Start(t.Context(), serve.Config{Locales: dir}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "locales: de/messages.json:1: messages.texts.challenge: {cod} is no placeholder") {
		t.Error(err)
	}
}
