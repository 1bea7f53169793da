package relay_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/relay"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// What a source said of a payee for a time that is over is deleted by itself.
func TestKeeperForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	db := storetest.Raw(t, b.URL)
	db.MustExec(`INSERT INTO payee_lists (name, edition) VALUES ('source:bank', 'live')`)
	db.MustExec(`INSERT INTO payee_hits (list, edition, ref, digest, key_id, category, strength, reporters, valid_from, valid_to)
		VALUES ('source:bank', 'live', 'r-1', '` + strings.Repeat("a", 64) + `', 'k', 'scam_job', 'reported', 1, 0, 1)`)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&relay.Keeper{Store: b.Store, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	for left, tick := 1, time.Tick(10*time.Millisecond); left > 0; <-tick {
		b.Must(db.Get(&left, `SELECT COUNT(*) FROM payee_hits`))
	}
	stop()
	<-ended
}
