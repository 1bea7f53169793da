package e2e

import (
	"testing"

	"holdfast/hold"
)

// A face check above the amount that one person may release: the first judges it,
// the second asks for the pictures, sees them beside the portrait with what the
// customer was asked to do, and releases.
func TestConsoleSecondFace(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	id := p.pictured("second", func(r *hold.Request) { r.Amount.Minor = 500_001 })
	p.judge("ana", hold.SameFace)
	ana, bo := p.console("ana", wide), p.console("bo", wide)
	ana.open(p.URL + "/console/approvals")
	ana.see(test("approval"))
	ana.gone(test("face-show")) // it was her own word
	bo.open(p.URL + "/console/approvals")
	bo.see(test("face-show"))
	bo.gone(test("face"))
	bo.state("console-second-face-asked")
	bo.click(test("face-show"))
	bo.see(test("face"))
	bo.counts(test("face")+" .picture img", 2)
	bo.counts(test("face")+" .frame img", 3)
	bo.eval(`Promise.all([...document.querySelectorAll('[data-test="face"] img')].map(i => i.decode()))`, nil)
	var asked string
	bo.eval(`document.querySelector('[data-test="face"] strong').textContent`, &asked)
	if asked == "" {
		t.Error("what the customer was asked to do is not shown")
	}
	bo.click(test("frame-3"))
	bo.click(test("zoom")) // in the middle of 1 to 4
	bo.see(test("face") + ` .picture img[style*="250%"]`)
	bo.state("console-second-face")
	bo.click(test("approve"))
	bo.enter(test("decide-reason"), "The same person.")
	bo.click(test("decide-do"))
	p.decided(id, hold.Release, hold.ReasonApproved)
}
