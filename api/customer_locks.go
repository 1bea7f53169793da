package api

import (
	"context"
	"slices"

	"holdfast/api/gen"
	"holdfast/channels"
	"holdfast/currencies"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
)

func (s *Server) ListLocks(ctx context.Context, _ gen.ListLocksRequestObject) (gen.ListLocksResponseObject, error) {
	l, err := s.Customers.Locks(ctx, callerOf(ctx).customer)
	return gen.ListLocks200JSONResponse(s.viewLocks(l)), err
}

func (s *Server) PutLock(ctx context.Context, r gen.PutLockRequestObject) (gen.PutLockResponseObject, error) {
	l, err := s.appLock(ctx, r.LockKind, r.Body, string(r.Params.HoldfastProof))
	return gen.PutLock200JSONResponse(l), err
}

func (s *Server) RemoveLock(ctx context.Context, r gen.RemoveLockRequestObject) (gen.RemoveLockResponseObject, error) {
	l, err := s.appLock(ctx, r.LockKind, nil, string(r.Params.HoldfastProof))
	return gen.RemoveLock200JSONResponse(l), err
}

func (s *Server) StopLoosening(ctx context.Context, r gen.StopLooseningRequestObject) (gen.StopLooseningResponseObject, error) {
	l, err := s.stoppedLocks(s.Customers.StopLock(ctx, callerOf(ctx).customer, r.LockKind, store.ActorCustomer))
	return gen.StopLoosening200JSONResponse(l), err
}

// appLock changes a lock of who is signed in. What is wished for is what a device signed.
func (s *Server) appLock(ctx context.Context, k protection.Kind, wish *protection.Lock, proof string) (gen.CustomerLocks, error) {
	p := store.PutLock{CustomerID: callerOf(ctx).customer, Kind: k, Route: protection.ByApp, Actor: store.ActorCustomer, Rules: s.lockRules()}
	signed := wish
	if wish != nil {
		as := *wish
		as.Kind = k
		signed = &as
	}
	if proof != "" {
		p.Proof = s.lockProof(proof, protection.WishDigest(k, signed))
		p.Actor = "device:" + string(p.Proof.Device)
	}
	var err error
	if p.To, err = s.lockWish(k, wish); err != nil {
		return gen.CustomerLocks{}, err
	}
	l, why, err := s.Customers.PutLock(ctx, p)
	return s.viewLocks(l), told(why, err)
}

// lockProof is a device's word on a lock.
func (s *Server) lockProof(proof string, wish hold.Digest) *store.DeviceProof {
	nonce := s.Devices.LockNonce(proof)
	return &store.DeviceProof{Device: s.Desk.Device(proof), Nonce: nonce, MinAge: s.Policies.Current().MinDeviceAge(),
		Verify: func(d hold.Device, now hold.Instant) (hold.Refusal, error) {
			return channels.Refused(s.Devices.Lock(d, wish, nonce, s.Desk.Audience, proof, now))
		}}
}

func (s *Server) lockRules() store.LockRules {
	return store.LockRules{Terms: s.Policies.Current().Protection(), Texts: s.noticeRules()}
}

// home stands for the bank's own country.
const home = "home"

// lockWish is a lock as it is to be kept, of what somebody wishes for; nil: none.
func (s *Server) lockWish(k protection.Kind, wish *protection.Lock) (*protection.Lock, error) {
	if wish == nil {
		return nil, nil
	}
	if wish.Kind != "" && wish.Kind != k {
		return nil, field("/kind", "is not the one of the address")
	}
	l := *wish
	l.Kind, l.Countries = k, slices.Clone(wish.Countries)
	for i, c := range l.Countries {
		if c == home && s.Country == "" {
			return nil, field("/countries", "cannot have home: the country of the bank is not set here")
		}
		if c == home {
			l.Countries[i] = s.Country
		}
	}
	l = l.Plain()
	if f := l.Check(); f != nil {
		return nil, field("/"+f.Field, f.Message)
	}
	if k == protection.Limit && !currencies.Listed(l.Currency) {
		return nil, field("/currency", "is no currency of ISO 4217")
	}
	return &l, nil
}

// stoppedLocks shows the locks once something was stopped, and as what stands where it
// counts already.
func (s *Server) stoppedLocks(l store.Locks, why hold.Refusal, err error) (gen.CustomerLocks, error) {
	v := s.viewLocks(l)
	if err == nil && why == hold.LockCounts {
		return v, refuse(string(why)).with(gen.Stands{Locks: &v})
	}
	return v, told(why, err)
}

// viewLocks shows each kind of lock.
func (s *Server) viewLocks(l store.Locks) gen.CustomerLocks {
	out := gen.CustomerLocks{LooseningSeconds: int64(s.Policies.Current().Protection().Wait.Seconds()), Now: l.Now}
	for _, k := range protection.Kinds {
		v := gen.LockState{Kind: k}
		if r := protection.Current(l.Records, k, l.Now); r != nil {
			v.Lock, v.From, v.By = r.Lock, r.FromAt, r.Route
		}
		if r := protection.Coming(l.Records, k, l.Now); r != nil {
			v.Coming = &gen.LockComing{Lock: r.Lock, From: r.FromAt, AskedAt: r.AskedAt, By: r.Route}
		}
		out.Locks = append(out.Locks, v)
	}
	return out
}
