package facelink_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"testing"

	"holdfast/channels/facelink"

	"pgregory.net/rapid"
)

// exif puts the segment of a camera that was held so in front of a JPEG.
func exif(order binary.AppendByteOrder, mark string, turn uint16, jpeg []byte) []byte {
	tiff := order.AppendUint16([]byte(mark), 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{0x010f, 1}, {0x0112, turn}} {
		tiff = order.AppendUint16(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, e[0]), 3), 1), e[1])
		tiff = append(tiff, 0, 0)
	}
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := []byte{0xff, 0xd8, 0xff, 0xe1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2)) //nolint:gosec // short
	return append(append(out, body...), jpeg[2:]...)
}

// A portrait that a camera took on its side is upright, whoever looks at it; what
// says so is gone with the rest of EXIF.
func TestCleanTurns(t *testing.T) {
	t.Parallel()
	wide := image.NewRGBA(image.Rect(0, 0, 128, 64)) // red at the top left corner
	for y := range 64 {
		for x := range 128 {
			c := color.RGBA{A: 255}
			if x < 32 && y < 32 {
				c.R = 255
			}
			wide.Set(x, y, c)
		}
	}
	plain := asJPEG(wide)
	for turn, want := range map[uint16]struct{ w, h, x, y int }{
		0: {128, 64, 8, 8}, 1: {128, 64, 8, 8}, 2: {128, 64, 120, 8}, 3: {128, 64, 120, 56}, 4: {128, 64, 8, 56},
		5: {64, 128, 8, 8}, 6: {64, 128, 56, 8}, 7: {64, 128, 56, 120}, 8: {64, 128, 8, 120}, 9: {128, 64, 8, 8},
	} {
		for mark, order := range map[string]binary.AppendByteOrder{"MM": binary.BigEndian, "II": binary.LittleEndian} {
			t.Run(fmt.Sprint(turn, mark), func(t *testing.T) {
				t.Parallel()
				f, err := facelink.Clean(exif(order, mark, turn, plain))
				if err != nil || bytes.Contains(f.JPEG, []byte("Exif")) {
					t.Fatal(err)
				}
				img, _, err := image.Decode(bytes.NewReader(f.JPEG))
				if err != nil || img.Bounds().Dx() != want.w || img.Bounds().Dy() != want.h {
					t.Fatalf("%v, %v", img.Bounds(), err)
				}
				if r, _, _, _ := img.At(want.x, want.y).RGBA(); r < 0xc000 {
					t.Errorf("the corner is not at %d, %d", want.x, want.y)
				}
			})
		}
	}
}

// A forged EXIF makes a picture of it or a refusal, and nothing worse.
func TestCleanAnyEXIF(t *testing.T) {
	t.Parallel()
	plain := asJPEG(picture(64, 64))
	rapid.Check(t, func(t *rapid.T) {
		body := append([]byte("Exif\x00\x00"), rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "tiff")...)
		b := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(rapid.IntRange(0, len(body)+4).Draw(t,
			"size"))) //nolint:gosec // short
		_, _ = facelink.Clean(append(append(b, body...), plain[2:]...))
	})
}
