package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
)

// zoneOf returns the zone of an action, by default that of DNAT. In releases without zones
// for the action it returns the zero value.
func (b *builder) zoneOf(n *grammar.Zone, known bool) Zone {
	switch {
	case !known:
		if n.Zone != "" {
			b.refuse()
		}
		return 0
	case n.Zone == "snat":
		return ZoneSNAT
	}
	return ZoneDNAT
}

func buildCTNext(b *builder, n *grammar.Action) Action {
	if n.Zone == nil || b.inLastTable("ct_next") {
		return b.refuse()
	}
	return &CTNext{Table: b.env.Table + 1, Zone: b.zoneOf(n.Zone, b.Has(dialect.CTNextZone))}
}

func buildCTCommitToZone(b *builder, n *grammar.Action) Action {
	if n.Zone == nil || b.inLastTable("ct_commit_to_zone") || n.Zone.Zone == "" {
		return b.refuse()
	}
	return &CTCommitToZone{Table: b.env.Table + 1, Zone: b.zoneOf(n.Zone, true)}
}

func buildCTCommitNAT(b *builder, n *grammar.Action) Action {
	if n.Zone == nil || b.inLastTable("ct_commit_nat") {
		return b.refuse()
	}
	return &CTCommitNAT{Table: b.env.Table + 1, Zone: b.zoneOf(n.Zone, b.Has(dialect.CTCommitNATZone))}
}

func buildCTCommit(b *builder, n *grammar.Action) Action {
	switch c := n.Commit; {
	case c == nil:
		return b.refuse()
	case c.Block != nil:
		if !b.Has(dialect.CTCommitBlock) {
			return b.refuse()
		}
		list, _ := b.block(c.Block, expr.WriteCTCommit)
		return &CTCommit{Nested: list}
	case c.Params != nil:
		if !b.Has(dialect.CTCommitArgs) {
			return b.refuse()
		}
		a := &CTCommitParams{}
		for _, param := range c.Params.List {
			a.set(param.Name == "ct_mark", b.number(param.Value))
		}
		return a.orPlain()
	}
	return &CTCommit{}
}

func buildCTNAT(like CTNAT) func(*builder, *grammar.Action) Action {
	return func(b *builder, n *grammar.Action) Action {
		if n.NAT == nil || b.inLastTable(like.Name()) {
			return b.refuse()
		}
		a := like
		a.Table = b.env.Table + 1
		if n.NAT.Address == "" {
			return &a
		}
		if a.Addr = b.addressOf(n.NAT.Address); !a.Addr.Is4() && !b.Has(dialect.NATIPv6) {
			return b.refuse()
		}
		if n.NAT.LowPort != "" {
			low, ok := b.decimalOf(n.NAT.LowPort)
			a.HasPorts, a.LoPort = true, uint16(low)
			if !ok || a.LoPort == 0 || !b.Has(dialect.NATPortRange) {
				return b.refuse()
			}
		}
		if n.NAT.HighPort != "" {
			high := b.number(n.NAT.HighPort)
			a.HiPort = uint16(high.Value.Lo)
			if high.Masked || a.HiPort <= a.LoPort {
				return b.refuse()
			}
		}
		return b.natOf(a)
	}
}

func buildCTLB(kind LBKind) func(*builder, *grammar.Action) Action {
	return func(b *builder, n *grammar.Action) Action {
		lb := n.LoadBalance
		if lb == nil || b.inLastTable("ct_lb") {
			return b.refuse()
		}
		a := &CTLB{Kind: kind, Table: b.env.Table + 1, BareList: !b.Has(dialect.CTLBBackends)}
		list := lb.Backends
		if a.BareList {
			list = lb.List
		}
		if a.BareList && lb.Keyed || !a.BareList && len(lb.List) > 0 {
			return b.refuse()
		}
		for _, n := range list {
			a.Backends = append(a.Backends, b.backendOf(n, kind))
		}
		flags := b.Has(dialect.CTLBSNATFlags)
		if lb.Hash != nil {
			a.HasHash, a.HashFields = true, b.unquote(*lb.Hash)
			if !flags && lb.HashClose != ")" {
				return b.refuse()
			}
		}
		switch {
		case lb.Flag != "" && !flags:
			return b.refuse()
		case lb.Flag == "skip_snat":
			a.Flag = LBSkipSNAT
		case lb.Flag == "force_snat":
			a.Flag = LBForceSNAT
		}
		return a.orBare()
	}
}

func (b *builder) backendOf(n *grammar.Backend, kind LBKind) Backend {
	var d Backend
	if (n.LogicalPort != "") != (kind == CTLBMarkLocal) {
		b.refuse()
	}
	if n.LogicalPort != "" {
		d.Name = b.unquote(n.LogicalPort)
	}
	if n.Bracketed != "" {
		if d.Addr = b.addressOf(n.Bracketed); d.Addr.Is4() {
			b.refuse()
		}
	} else {
		if d.Addr = b.addressOf(n.Address); n.Port != "" && !d.Addr.Is4() {
			b.refuse()
		}
	}
	if n.Port != "" {
		d.Port = b.short(n.Port)
	}
	return d
}

func buildFwdGroup(b *builder, n *grammar.Action) Action {
	f := n.ForwardGroup
	if f == nil {
		return b.refuse()
	}
	a := &FwdGroup{Table: b.env.Table + 1}
	if f.Liveness != "" {
		bare := b.Has(dialect.FwdGroupBareLiveness)
		if !bare && b.word(f.Liveness) == f.Liveness {
			return b.refuse()
		}
		if a.Liveness = b.truth(f.Liveness); !bare && !a.Liveness {
			return b.refuse()
		}
	}
	for _, port := range f.ChildPorts {
		a.ChildPorts = append(a.ChildPorts, b.unquote(port))
	}
	return a
}

func buildCommitECMPNH(b *builder, n *grammar.Action) Action {
	if n.CommitNextHop == nil {
		return b.refuse()
	}
	return &CommitECMPNH{IPv6: b.truth(n.CommitNextHop.IPv6), Proto: b.proto(n.CommitNextHop.Proto)}
}

func buildCommitLBAff(b *builder, n *grammar.Action) Action {
	f := n.Affinity
	if f == nil {
		return b.refuse()
	}
	vip, err1 := ovstext.ParseTarget(b.unquote(f.VIP))
	backend, err2 := ovstext.ParseTarget(b.unquote(f.Backend))
	if err1 != nil || err2 != nil || vip.Addr.Is4() != backend.Addr.Is4() || (vip.Port != 0) != (f.Proto != "") {
		return b.refuse()
	}
	a := &CommitLBAff{VIP: vip.Addr, VIPPort: vip.Port, Backend: backend.Addr, BackendPort: backend.Port}
	if f.Proto != "" {
		a.Proto = b.proto(f.Proto)
	}
	a.Timeout = b.short(f.Timeout)
	return a
}
