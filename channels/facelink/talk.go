package facelink

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"
)

// Talk is what comes before the camera. by is a link's digest, or the cookie's of the
// check that it began: who has it may say something that makes the payment slower or
// stricter, and nothing else.
type Talk interface {
	LinkShows(ctx context.Context, c hold.FaceCheck) (*interview.Shown, error) // nil: nothing is asked
	AnswerLink(ctx context.Context, by hold.Digest, said []hold.Said) (hold.Refusal, error)
	WarnLink(ctx context.Context, by hold.Digest, w channels.Warned) (hold.Refusal, error)
}

const maxQuestions = 20 // of one interview

// Of is a question's place among the others.
func (v view) Of(i int) string {
	return strings.NewReplacer("{n}", strconv.Itoa(i+1), "{all}", strconv.Itoa(len(v.Shown.Questions))).Replace(v.Words.QuestionOf)
}

// next shows what comes before the camera, by the rule that its pictures are held to,
// and then the camera.
func (p Pages) next(w http.ResponseWriter, r *http.Request, status int, c hold.FaceCheck, problem string) {
	words := messages.Face(c.Locale)
	v := view{Step: "ask"}
	if r.PathValue("token") == "" { // it is started
		v = document(c)
	}
	v.Refuse, v.Problem = howToRefuse(c), problem
	var err error
	if v.Shown, err = p.Talk.LinkShows(r.Context(), c); err != nil {
		p.failed(w, r, "", err)
		return
	}
	switch why := c.Hold.MayPay(c.Challenge, c.Now); {
	case why == hold.TooEarly:
		v.Step, v.NotBefore, v.Follows = "waits", c.Hold.NotBefore.Time().UTC().Format(time.RFC3339), messages.Waits(c.Locale)
		if c.Hold.TalkAt != 0 {
			v.Follows = words.CallFollows
		}
	case c.Challenge.Status != hold.Open:
		v.Step = "call"
	case why == hold.InterviewMissing:
		v.Step = "interview"
	case why == hold.WarningUnread && v.Shown == nil: // it is the app's
		v.Step = "app"
	case why == hold.WarningUnread:
		v.Step = "warning"
	}
	p.show(w, r, status, v, c.Locale)
}

// interview takes the answers, in the order of the questions.
func (p Pages) interview(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // what cannot be read has no answers
	questions, answers := r.PostForm["question"], r.PostForm["answer"]
	var said []hold.Said
	for i := range min(len(questions), len(answers), maxQuestions) {
		said = append(said, hold.Said{Question: questions[i], Answer: answers[i]})
	}
	why, err := p.Talk.AnswerLink(r.Context(), by(r), said)
	if err != nil || why != "" {
		p.refused(w, r, why, err)
		return
	}
	http.Redirect(w, r, at(r), http.StatusSeeOther)
}

// warning takes what became of it. Stopping is no refusal yet: the page says how the
// payment is refused.
func (p Pages) warning(w http.ResponseWriter, r *http.Request) {
	seconds, _ := strconv.Atoi(r.PostFormValue("seconds"))
	choice := r.PostFormValue("choice")
	why, err := p.Talk.WarnLink(r.Context(), by(r), channels.Warned{Digest: hold.Digest(r.PostFormValue("digest")), Seconds: max(0, seconds),
		Choice: choice})
	switch {
	case err != nil || why != "":
		p.refused(w, r, why, err)
	case choice == string(interview.Stopped):
		p.stopped(w, r)
	default:
		http.Redirect(w, r, at(r), http.StatusSeeOther)
	}
}

func (p Pages) stopped(w http.ResponseWriter, r *http.Request) {
	c, why, err := p.look(r)
	if err != nil || why != "" {
		p.failed(w, r, why, err)
		return
	}
	p.show(w, r, http.StatusOK, view{Step: "stopped", Refuse: howToRefuse(c)}, c.Locale)
}

// howToRefuse says how the payment is refused, which this page cannot.
func howToRefuse(c hold.FaceCheck) string {
	if c.BySMS {
		return messages.Face(c.Locale).RefuseByText
	}
	return messages.Face(c.Locale).RefuseInApp
}

// look reads what a request's page is about.
func (p Pages) look(r *http.Request) (hold.FaceCheck, hold.Refusal, error) {
	if r.PathValue("token") != "" {
		return p.Record.FaceLink(r.Context(), by(r))
	}
	return p.Record.FaceCheck(r.Context(), by(r))
}

// refused says why something does not count, on the page that comes instead.
func (p Pages) refused(w http.ResponseWriter, r *http.Request, why hold.Refusal, err error) {
	if err != nil || why == hold.LinkDead {
		p.failed(w, r, why, err)
		return
	}
	p.Count("face_" + string(why))
	if why == hold.HoldDecided {
		p.show(w, r, http.StatusConflict, view{Step: "over"}, "")
		return
	}
	c, gone, err := p.look(r)
	if err != nil || gone != "" {
		p.failed(w, r, gone, err)
		return
	}
	words := messages.Face(c.Locale)
	switch why {
	case hold.InterviewInvalid:
		p.next(w, r, http.StatusUnprocessableEntity, c, words.AnswerAll)
	case hold.WarningUnread:
		w.Header().Set("Retry-After", strconv.Itoa(interview.MaxSeconds))
		p.next(w, r, http.StatusConflict, c, words.ReadIt)
	case hold.InterviewAnswered:
		p.next(w, r, http.StatusConflict, c, words.Answered)
	default:
		p.next(w, r, http.StatusConflict, c, "")
	}
}
