package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"holdfast/devstack/pages"
)

var asking = &http.Client{Timeout: 30 * time.Second}

// AskClock reads the clock of the stack at an address.
func AskClock(ctx context.Context, url string) (pages.Clock, error) {
	return aboutClock(ctx, http.MethodGet, url, nil)
}

// PutForward puts the clock of the stack at an address forward, and reads it.
func PutForward(ctx context.Context, url string, by time.Duration) (pages.Clock, error) {
	return aboutClock(ctx, http.MethodPost, url, map[string]string{"advance": by.String()})
}

func aboutClock(ctx context.Context, method, url string, body any) (c pages.Clock, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return c, err
	}
	r, err := http.NewRequestWithContext(ctx, method, url+"/clock", bytes.NewReader(b))
	if err != nil {
		return c, err
	}
	res, err := asking.Do(r)
	if err != nil {
		return c, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var out struct {
		pages.Clock
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&out); err != nil {
		return c, fmt.Errorf("the stack answered %s", res.Status)
	}
	if res.StatusCode != http.StatusOK {
		return c, errors.New(out.Error)
	}
	return out.Clock, nil
}
