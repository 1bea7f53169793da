package facelink

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"testing"
	"testing/synctest"

	"holdfast/hold"
)

// Pictures that are decoded at once have a bound of memory, of links and
// portraits alike: one more waits until there is room.
func TestDecodingIsBoundedByMemory(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		if err := decoding.Acquire(context.Background(), maxDecoding); err != nil {
			t.Fatal(err)
		}
		done := false
		go func() { _, _ = Clean(b.Bytes()); done = true }()
		synctest.Wait()
		if done {
			t.Error("a picture was decoded though there was no room")
		}
		decoding.Release(maxDecoding)
		synctest.Wait()
		if !done {
			t.Error("it waits though there is room")
		}
	})
	if maxPixels*pixelBytes > maxDecoding {
		t.Error("the largest picture would wait for ever")
	}
}

// One check sends its pictures once at a time, and takes no other's place.
func TestOneUploadACheck(t *testing.T) {
	u := uploads{now: map[hold.ChallengeID]bool{}}
	leave, ok := u.enter("a")
	if !ok {
		t.Fatal("the first has no place")
	}
	if _, again := u.enter("a"); again {
		t.Error("one check has two places")
	}
	if _, other := u.enter("b"); !other {
		t.Error("another has none")
	}
	for n := range maxUploads - 2 {
		if _, ok := u.enter(hold.ChallengeID(fmt.Sprint("c", n))); !ok {
			t.Fatalf("%d have none left", n+2)
		}
	}
	if _, more := u.enter("d"); more {
		t.Error("there is no bound for all")
	}
	leave()
	if _, again := u.enter("a"); !again {
		t.Error("it has none once it is done")
	}
}
