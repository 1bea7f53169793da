package facelink

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"holdfast/hold"

	"golang.org/x/time/rate"
)

// Results take a vendor's word. What is not signed, or about something else than
// its session is, gets 401 and an entry, and changes nothing.
type Results struct {
	Vendor  *Vendor
	Take    func(ctx context.Context, r hold.FaceResult) (hold.Taken, error)
	Refused func(ctx context.Context, why string) error // puts it on record, at most once a second in the long run
	Count   func(event string)
	Problem func(w http.ResponseWriter, status int, code, title string)
	Log     *slog.Logger
}

const (
	maxResult    = 64 << 10
	refusedBurst = 100
)

// ResultPath is where the vendor reaches us.
const ResultPath = "/v1/providers/face"

// Routes are the webhook by the mux's pattern.
func (s Results) Routes() map[string]http.Handler {
	pace := rate.NewLimiter(1, refusedBurst)
	return map[string]http.Handler{"POST " + ResultPath: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		why := "signature"
		body, unread := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResult))
		if res, ok := s.Vendor.Verify(body, r.Header); unread == nil && ok {
			taken, err := s.Take(r.Context(), res)
			switch {
			case err != nil:
				s.Log.ErrorContext(r.Context(), "a face vendor's word could not be taken", "error", err)
				s.Problem(w, http.StatusServiceUnavailable, "busy", "Not now; nothing was changed")
				return
			case taken == hold.TakenUp, taken == hold.TakenBefore: // the vendor thinks that it was lost
				w.WriteHeader(http.StatusNoContent)
				return
			}
			why = string(taken)
		}
		s.Count("face_callback_refused_" + why)
		if pace.Allow() {
			if err := s.Refused(r.Context(), why); err != nil {
				s.Log.ErrorContext(r.Context(), "a refused callback is not on record", "error", err)
			}
		}
		s.Problem(w, http.StatusUnauthorized, "unauthenticated", "The callback is not signed, or not about its session")
	})}
}
