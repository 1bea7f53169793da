package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// readiness is a process's word on itself: ready, or why not.
type readiness string

// health asks a process whether it can do its work: for containers that have
// no other tool.
func (t *tool) health() *cobra.Command {
	var url string
	c := &cobra.Command{
		Use: "health", Short: "Ask a running process whether it is ready", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 4*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health/ready", nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return trouble(err)
			}
			defer res.Body.Close() //nolint:errcheck // read to its end
			var body struct {
				Status readiness         `json:"status"`
				Checks map[string]string `json:"checks"`
			}
			if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&body); err != nil {
				return trouble(err)
			}
			if err := t.print(body, func(w io.Writer) {
				fmt.Fprintln(w, body.Status)
				for _, name := range slices.Sorted(maps.Keys(body.Checks)) {
					fmt.Fprintf(w, "%s: %s\n", name, body.Checks[name])
				}
			}); err != nil {
				return err
			}
			if res.StatusCode != http.StatusOK {
				return found("not ready")
			}
			return nil
		},
	}
	c.Flags().StringVar(&url, "url", "http://127.0.0.1:8080", "address of the process")
	return c
}
