package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
)

const maxPicture = 2 << 20

func (s *Server) OpenLink(ctx context.Context, r gen.OpenLinkRequestObject) (gen.OpenLinkResponseObject, error) {
	if s.Faces.Link == nil {
		return nil, store.ErrNotFound
	}
	n, until, err := s.Customers.OpenLink(ctx, callerOf(ctx).customer, r.ChallengeId, s.Faces.Digest)
	if err != nil {
		return nil, err
	}
	return gen.OpenLink201JSONResponse{Url: s.Faces.Link(r.ChallengeId, n), ExpiresAt: until}, nil
}

// putPortrait takes a picture as it is: no JSON, and larger than JSON may be.
func (s *Server) putPortrait(w http.ResponseWriter, r *http.Request) {
	err := s.takePortrait(w, r)
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) takePortrait(w http.ResponseWriter, r *http.Request) error {
	if s.Faces.Clean == nil {
		return refuse("faces_not_configured")
	}
	if kind := r.Header.Get("Content-Type"); kind != "image/jpeg" && kind != "image/png" {
		return refuse("content_type_unsupported").because("send image/jpeg or image/png")
	}
	b, err := readAll(w, r, maxPicture)
	if err != nil {
		return err
	}
	clean, digest, err := s.Faces.Clean(b)
	if err != nil {
		return refuse("image_invalid")
	}
	who, id := callerOf(r.Context()), hold.CustomerID(r.PathValue("customer_id"))
	sealed, err := s.Faces.Seal(clean, store.PortraitOf(id))
	if err != nil {
		return err
	}
	put := store.PutPortrait{ID: id, Picture: store.Sealed{Bytes: sealed, Digest: digest},
		MayBackdate: who.may("customers:import"), Actor: who.actor()}
	if v := r.URL.Query().Get("since"); v != "" { // it was checked to be a time
		at, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return err
		}
		put.Since = hold.At(at)
	}
	err = s.Holds.PutPortrait(r.Context(), put)
	switch {
	case errors.Is(err, store.ErrBackdated):
		return backdated()
	case errors.Is(err, store.ErrSinceFuture):
		return field("since", "lies in the future")
	}
	return err
}

// picture shows an agent one picture of a face check that they have.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) {
	s.showPicture(w, r, func(by store.By, n int) ([]byte, string, error) {
		return s.Holds.Face(r.Context(), by, r.PathValue("case_id"), r.PathValue("task_id"), n)
	})
}

// secondPicture shows it to who can be the second person.
func (s *Server) secondPicture(w http.ResponseWriter, r *http.Request) {
	s.showPicture(w, r, func(by store.By, n int) ([]byte, string, error) {
		return s.Holds.SecondFace(r.Context(), by, r.PathValue("approval_id"), n)
	})
}

func (s *Server) showPicture(w http.ResponseWriter, r *http.Request, look func(by store.By, n int) (sealed []byte, of string, err error)) {
	if s.Faces.Open == nil {
		s.answerFault(w, r, store.ErrNotFound)
		return
	}
	n := int(strings.TrimSpace(r.PathValue("picture"))[0] - '0') // it was checked to be one digit
	sealed, of, err := look(callerOf(r.Context()).agent, n)
	if err == nil {
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
