package api

import (
	"net/http"
	"strconv"

	"holdfast/hold"
	"holdfast/store"
)

// picture shows an agent one picture of a face check that they have.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) {
	s.showPicture(w, r, func(by store.By, n int) ([]byte, string, hold.Refusal, error) {
		return s.Staff.Face(r.Context(), by, r.PathValue("case_id"), r.PathValue("task_id"), n)
	})
}

// secondPicture shows it to who can be the second person.
func (s *Server) secondPicture(w http.ResponseWriter, r *http.Request) {
	s.showPicture(w, r, func(by store.By, n int) ([]byte, string, hold.Refusal, error) {
		return s.Staff.SecondFace(r.Context(), by, r.PathValue("approval_id"), n)
	})
}

func (s *Server) showPicture(w http.ResponseWriter, r *http.Request, look func(by store.By, n int) ([]byte, string, hold.Refusal, error)) {
	if s.Faces.Open == nil {
		s.answerFault(w, r, store.ErrNotFound)
		return
	}
	n, err := strconv.Atoi(r.PathValue("picture")) // it was checked to be one digit
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	sealed, of, why, err := look(callerOf(r.Context()).agent, n)
	if err = told(why, err); err == nil {
		sealed, err = s.Faces.Open(sealed, of)
	}
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	_, _ = w.Write(sealed) // the console is gone
}
