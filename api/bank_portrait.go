package api

import (
	"net/http"
	"time"

	"holdfast/hold"
	"holdfast/store"
)

const maxPicture = 2 << 20

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
	sealed, err := s.Faces.Seal(clean, hold.PortraitOf(id))
	if err != nil {
		return err
	}
	put := store.PutPortrait{ID: id, Picture: hold.Sealed{Bytes: sealed, Digest: digest},
		MayBackdate: who.may("customers:import"), Actor: who.actor()}
	if v := r.URL.Query().Get("since"); v != "" { // it was checked to be a time
		at, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return err
		}
		put.Since = hold.At(at)
	}
	return told(s.Bank.PutPortrait(r.Context(), put))
}
