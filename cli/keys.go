package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"holdfast/api"
	"holdfast/channels/facelink"
	"holdfast/hold"
	"holdfast/store"

	"github.com/spf13/cobra"
)

func (t *tool) keys() *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "API keys: create, list, revoke; the key that seals pictures"}
	c.AddCommand(t.keysCreate(), t.keysList(), t.keysRevoke(), t.keysFace())
	return c
}

func (t *tool) keysCreate() *cobra.Command {
	var client string
	var scopes []string
	c := &cobra.Command{
		Use: "create", Short: "Create an API key; it is shown once", Args: cobra.NoArgs,
		Long: `Create an API key. It is shown once; only its digest is stored. To rotate,
create a second key for the same client and revoke the first: idempotency keys
belong to the client.

Scopes: ` + strings.Join(api.Scopes, ", ") + ".",
		Example: "  holdfast keys create --client risk-engine --scope holds:write,holds:read",
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, row, err := api.NewKey(client, scopes)
			if err != nil {
				return err
			}
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			if err := s.AddKey(cmd.Context(), row, "operator"); err != nil {
				return trouble(err)
			}
			return t.print(map[string]any{"id": row.ID, "client_id": client, "scopes": scopes, "key": key}, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n", key)
				fmt.Fprintf(t.errs, "Key %s of client %s. Keep it now: it is not shown again.\n", row.ID, client)
			})
		},
	}
	c.Flags().StringVar(&client, "client", "", "who uses the key")
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do; may be repeated")
	_ = c.MarkFlagRequired("client")
	_ = c.MarkFlagRequired("scope")
	return c
}

func (t *tool) keysList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List API keys, revoked ones too", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			ks, err := s.Keys(cmd.Context())
			if err != nil {
				return trouble(err)
			}
			type line struct {
				ID      string       `json:"id"`
				Client  string       `json:"client_id"`
				Scopes  []string     `json:"scopes"`
				Created hold.Instant `json:"created_at"`
				Revoked hold.Instant `json:"revoked_at"`
			}
			lines := []line{}
			for _, k := range ks {
				lines = append(lines, line{k.ID, k.ClientID, strings.Fields(k.Scopes), k.CreatedAt, k.RevokedAt})
			}
			return t.print(lines, func(w io.Writer) {
				if len(lines) == 0 {
					fmt.Fprintln(w, "No keys yet: holdfast keys create --help")
				}
				for _, l := range lines {
					state := "in use"
					if l.Revoked != 0 {
						state = "revoked " + l.Revoked.String()
					}
					fmt.Fprintf(w, "%s  %-20s  %-8s  %s\n", l.ID, l.Client, state, strings.Join(l.Scopes, ","))
				}
			})
		},
	}
}

func (t *tool) keysRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke KEY_ID", Short: "Revoke an API key at once", Args: cobra.ExactArgs(1), Example: "  holdfast keys revoke key_01J…",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			if err := s.RevokeKey(cmd.Context(), args[0], "operator"); errors.Is(err, store.ErrNotFound) {
				return found("there is no such key: holdfast keys list")
			} else if err != nil {
				return trouble(err)
			}
			return t.print(map[string]string{"id": args[0], "status": "revoked"}, func(w io.Writer) { fmt.Fprintln(w, "Revoked.") })
		},
	}
}

func (t *tool) keysFace() *cobra.Command {
	return &cobra.Command{
		Use: "face FILE", Short: "Make the key that seals the pictures of face checks", Args: cobra.ExactArgs(1),
		Long: `Make a keyset (Tink, AES-256-GCM) for face_key: file:FILE. A file that is there
is never replaced: what it sealed would be lost.`,
		Example: "  holdfast keys face deploy/secrets/face_key",
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := facelink.NewKeyset()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
			if err != nil {
				return err
			}
			_, err = f.Write(b)
			return errors.Join(err, f.Close())
		},
	}
}
