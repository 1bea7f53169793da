package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// Key is an API key's row: the key itself is never stored.
type Key struct {
	ID        string       `db:"id"`
	ClientID  string       `db:"client_id"`
	Digest    string       `db:"digest"`
	Scopes    string       `db:"scopes"` // separated by blanks
	CreatedAt hold.Instant `db:"created_at"`
	RevokedAt hold.Instant `db:"revoked_at"`
}

// AddKey records an API key by its digest, and its client when that is new.
func (s *Store) AddKey(ctx context.Context, k Key, actor string) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO clients (id, created_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, k.ClientID, now); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO api_keys (id, client_id, digest, scopes, created_at) VALUES (?, ?, ?, ?, ?)`,
			k.ID, k.ClientID, k.Digest, k.Scopes, now); err != nil {
			return err
		}
		return t.entry("key:"+k.ID, "key.created", actor, now, map[string]any{"client_id": k.ClientID, "scopes": k.Scopes})
	})
}

// KeyByDigest finds a key by one look-up, revoked ones too: the caller gives
// the same answer for those and for unknown ones.
func (s *Store) KeyByDigest(ctx context.Context, digest string) (k Key, err error) {
	return k, s.get(ctx, &k, `SELECT * FROM api_keys WHERE digest = ?`, digest)
}

// Keys lists every API key.
func (s *Store) Keys(ctx context.Context) (ks []Key, err error) {
	return ks, s.all(ctx, &ks, `SELECT * FROM api_keys ORDER BY id`)
}

// RevokeKey ends an API key. Ending it twice is no error.
func (s *Store) RevokeKey(ctx context.Context, id, actor string) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = 0`, now, id)
		if err != nil {
			return err
		}
		if n == 0 {
			var known string
			return t.get(&known, `SELECT id FROM api_keys WHERE id = ?`, id)
		}
		return t.entry("key:"+id, "key.revoked", actor, now, map[string]any{})
	})
}

// SavePolicy keeps a policy's source under its version, for good. It is an
// error to give a version another source.
func (s *Store) SavePolicy(ctx context.Context, version string, source []byte) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO policies (version, source, added_at) VALUES (?, ?, ?)
			ON CONFLICT (version) DO NOTHING`, version, source, now)
		if err != nil {
			return err
		}
		if n == 1 {
			return t.entry("policy:"+version, "policy.added", ActorSystem, now, map[string]any{"digest": hold.DigestOf(source)})
		}
		var kept []byte
		if err := t.get(&kept, `SELECT source FROM policies WHERE version = ?`, version); err != nil {
			return err
		}
		if string(kept) != string(source) {
			return errors.New("policy " + version + ": another source has this version")
		}
		return nil
	})
}

// PolicySource reads the policy that a version names.
func (s *Store) PolicySource(ctx context.Context, version string) (source []byte, err error) {
	return source, s.get(ctx, &source, `SELECT source FROM policies WHERE version = ?`, version)
}
