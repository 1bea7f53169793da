package client

import (
	"context"
	"net/http"
)

// OnlyGiven leaves parameters out of the query that have no value: here they are
// fields that nobody set, and the API refuses a filter that is empty.
func OnlyGiven(c *Client) error {
	c.RequestEditors = append(c.RequestEditors, func(_ context.Context, r *http.Request) error {
		q := r.URL.Query()
		for name, values := range q {
			if len(values) == 1 && values[0] == "" {
				q.Del(name)
			}
		}
		r.URL.RawQuery = q.Encode()
		return nil
	})
	return nil
}
