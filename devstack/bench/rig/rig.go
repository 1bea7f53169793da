package rig

import (
	"context"
	"errors"
	"path/filepath"
)

// Rig is what a measurement runs on. On SQLite there are no clusters.
type Rig struct {
	Dir             string
	SQLite          bool
	Postgres        *Cluster // Holdfast's, and of the shapes that write rows
	TemporalDB      *Cluster
	Temporal        *Part
	TemporalAddress string
}

// New starts the clusters and the Temporal server.
func New(ctx context.Context, dir string, sqlite bool) (r *Rig, err error) {
	r = &Rig{Dir: dir, SQLite: sqlite}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Stop())
			r = nil
		}
	}()
	if sqlite {
		r.Temporal, err = Start(dir, nil, "temporal", "sqlite", filepath.Join(dir, "temporal"))
	} else {
		other := make(chan error, 1)
		go func() {
			var err error
			r.Postgres, err = StartPostgres(ctx, filepath.Join(dir, "postgres"))
			other <- err
		}()
		if r.TemporalDB, err = StartPostgres(ctx, filepath.Join(dir, "temporal-postgres")); err == nil {
			err = temporalSchema(ctx, r.TemporalDB)
		}
		if err = errors.Join(err, <-other); err != nil {
			return r, err
		}
		r.Temporal, err = Start(dir, nil, "temporal", "postgres", r.TemporalDB.URL("temporal"))
	}
	if err != nil {
		return r, err
	}
	r.TemporalAddress = r.Temporal.Ready
	return r, nil
}

// Stop ends what runs and removes the clusters.
func (r *Rig) Stop() error {
	r.Temporal.Stop()
	return errors.Join(r.TemporalDB.Stop(), r.Postgres.Stop())
}
