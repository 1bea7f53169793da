package facelink

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	_ "image/png" // decoded by content

	"holdfast/hold"

	"golang.org/x/sync/semaphore"
)

const (
	// MaxFrame is how large a picture may come, in bytes.
	MaxFrame = 2 << 20
	maxSide  = 4096 // pixels
	minSide  = 64
	quality  = 90

	maxPixels = 12_000_000 // of a telephone's camera; a picture of the largest sides would have 16.8 million
	// What all pictures that are decoded at once may take, at pixelBytes each: the
	// widest that Go decodes to, and the copy that the encoder makes.
	maxDecoding = 192 << 20
	pixelBytes  = 12
)

// decoding is the memory of the pictures that are decoded now, of links and of
// portraits alike.
var decoding = semaphore.NewWeighted(maxDecoding)

// Why a picture is refused.
var (
	ErrTooLarge   = errors.New("the picture is larger than 2 MiB")
	ErrNoImage    = errors.New("this is no JPEG or PNG picture")
	ErrDimensions = errors.New("the picture must be from 64 to 4096 pixels wide and high, and have 12 million at most")
)

// Frame is a picture with nothing in it but the picture.
type Frame struct {
	JPEG   []byte
	Digest hold.Digest // of JPEG
}

// Clean decodes a JPEG or PNG, told by its content, and writes it anew, so that
// places, dates and whatever hid behind the picture are gone. Its size is looked
// at before anything is decoded whole. A turned phone's picture is upright: the mark
// that said so is gone, too.
func Clean(b []byte) (Frame, error) {
	if len(b) > MaxFrame {
		return Frame{}, ErrTooLarge
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(b))
	switch {
	case err != nil, format != "jpeg" && format != "png":
		return Frame{}, ErrNoImage
	case c.Width > maxSide, c.Height > maxSide, c.Width < minSide, c.Height < minSide, c.Width*c.Height > maxPixels:
		return Frame{}, ErrDimensions
	}
	weight := int64(c.Width) * int64(c.Height) * pixelBytes
	_ = decoding.Acquire(context.Background(), weight) // never fails; nobody who has some waits for more
	defer decoding.Release(weight)
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return Frame{}, ErrNoImage
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turned(img, turnOf(b)), &jpeg.Options{Quality: quality}); err != nil {
		return Frame{}, ErrNoImage
	}
	return Frame{out.Bytes(), hold.DigestOf(out.Bytes())}, nil
}
