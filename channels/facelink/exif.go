package facelink

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

// turn is how a picture has to be turned to be upright, as EXIF's tag Orientation
// counts (CIPA DC-008 §4.6.4): 1 is upright.
type turn uint16

const upright = turn(1)

// turnOf reads the turn from a JPEG's EXIF. Whatever cannot be read is upright: the
// picture is what counts, and this only says how a camera was held.
func turnOf(b []byte) turn {
	for len(b) > 4 {
		switch {
		case b[0] == 0xff && b[1] == 0xd8: // start of image
			b = b[2:]
			continue
		case b[0] != 0xff, b[1] == 0xda: // the picture itself
			return upright
		}
		size := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if size < 4 || size > len(b) {
			return upright
		}
		if tiff, ok := bytes.CutPrefix(b[4:size], []byte("Exif\x00\x00")); ok && b[1] == 0xe1 {
			return turnIn(tiff)
		}
		b = b[size:]
	}
	return upright
}

const tagOrientation = 0x0112

// turnIn looks through the first directory of a TIFF.
func turnIn(tiff []byte) turn {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			if t := turn(order.Uint16(entries[8:])); t >= 1 && t <= 8 {
				return t
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// turned is the picture upright.
func turned(img image.Image, t turn) image.Image {
	if t == upright {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), img, img.Bounds().Min, draw.Src)
	to := image.NewRGBA(from.Rect)
	if t >= 5 { // on its side
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := t.place(x, y, w, h)
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}

// place is where a pixel of a picture of w by h goes.
func (t turn) place(x, y, w, h int) (int, int) {
	switch t {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
