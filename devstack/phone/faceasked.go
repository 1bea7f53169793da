package phone

import (
	"context"
	"fmt"
	"time"

	"holdfast/app"
	"holdfast/messages"
)

// faceAsked shows the link of a face check, for a browser with a camera.
func (t *Terminal) faceAsked(c app.Challenge) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	token, err := t.Token(ctx)
	link := ""
	if err == nil {
		link, err = FaceLink(ctx, t.URL, token, c.ID)
	}
	if err != nil {
		fmt.Fprintf(t.Out, "\r  Your bank wants to see your face, and the app cannot get the link: %v%s\n", err, clearLine)
		return
	}
	fmt.Fprintf(t.Out, "\r  Your bank wants to see your face, about %s. Open this in a browser with a camera:\n  %s%s\n",
		messages.Amount(c.Document.Amount), link, clearLine)
}
