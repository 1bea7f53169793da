package drill

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// Faces are colours here: the customer's own, and somebody else's.
var ownFace, strangeFace = color.RGBA{230, 190, 170, 255}, color.RGBA{60, 60, 160, 255}

// showFace gets the link in the app, and opens it in a browser.
func (p *person) showFace(ctx context.Context, c app.Challenge, face color.Color) {
	token, err := p.drill.bank.Session(ctx, p.id)
	link := ""
	if err == nil {
		link, err = phone.FaceLink(ctx, p.drill.url, token, c.ID)
	}
	if err == nil {
		_, err = phone.Browser(ctx, link, face)
	}
	var refused *stack.Refused
	switch {
	case err == nil:
		p.drill.noteResult("face shown")
	case errors.Is(err, phone.ErrLinkDead), errors.As(err, &refused):
		p.drill.noteResult("face link dead")
	default:
		p.drill.fault("face", err)
	}
}

// look holds the first picture against the portrait, as well as colours can be.
func (c *console) look(ctx context.Context, v client.Case, k client.CaseTask) hold.Disposition {
	shown, ok := c.colour(ctx, v, k, "1")
	known, has := c.colour(ctx, v, k, "0")
	for _, n := range []string{"2", "3"} { // nobody is taken for the customer unseen
		if _, seen := c.colour(ctx, v, k, n); !seen {
			ok = false
		}
	}
	switch {
	case !ok || !has:
		return hold.NoFace
	case near(shown, known):
		return hold.SameFace
	}
	return hold.OtherFace
}

func (c *console) colour(ctx context.Context, v client.Case, k client.CaseTask, n string) (color.Color, bool) {
	res, err := c.GetPicture(ctx, v.Id, k.Id, n)
	if err != nil {
		c.drill.fault("picture", err)
		return nil, false
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, false
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	return img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2), true
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	const much = 0x2000
	return apart(r1, r2) < much && apart(g1, g2) < much && apart(b1, b2) < much
}

func apart(a, b uint32) uint32 {
	if a > b {
		return a - b
	}
	return b - a
}

// lookToo looks at the pictures of a face that waits for a second person. Who
// judged them first is shown none.
func (c *console) lookToo(ctx context.Context, approval string) {
	for _, n := range []string{"0", "1", "2", "3"} {
		res, err := c.GetApprovalPicture(ctx, approval, n)
		if err != nil {
			c.trouble("picture", err)
			return
		}
		_ = res.Body.Close()
	}
}
