package address

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Port finds a logical port by any name that is printed for one: what
// ovn-trace(8) takes, DATAPATH/PORT, or a name whose UUID is shortened.  The
// error, if any, is an *UnknownError or an *AmbiguousError.
func (b *Resolver) Port(name string) (*lflow.Port, error) {
	const what = "logical port"
	found := b.portsCalled(name)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if p, err := b.portNamed(name); p != nil || err != nil {
			return p, err
		}
		e := &UnknownError{Kind: what, Name: name}
		var names []string
		for _, p := range b.n.Ports() {
			names = append(names, p.Name)
			if p.Name2 != "" {
				names = append(names, p.Name2)
			}
		}
		e.Similar = similar.Names(name, append(names, b.objectNames(name)...))
		return nil, e
	}
	return nil, ambiguous(what, name, "", found, describePort)
}

// Datapath finds a datapath by any name that is printed for one.  The error, if
// any, is an *UnknownError or an *AmbiguousError.
func (b *Resolver) Datapath(name string) (*lflow.Datapath, error) {
	const what = "datapath"
	found := b.datapathsCalled(name)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		e := &UnknownError{Kind: what, Name: name}
		var names []string
		for _, d := range b.n.Datapaths {
			names = append(names, d.Name)
			if d.Name2 != "" {
				names = append(names, d.Name2)
			}
		}
		e.Similar = similar.Names(name, names)
		return nil, e
	}
	return nil, ambiguous(what, name, "", found, describeDatapath)
}

// portsCalled returns the ports that a name fits, by the first kind of name that
// fits any: the name that flows use, the one that a person gave, DATAPATH/PORT,
// the label in traces, a piece from the start of a UUID.
func (b *Resolver) portsCalled(name string) []*lflow.Port {
	if p, _ := b.n.FindPort(name); p != nil {
		return []*lflow.Port{p}
	}
	if name == "" {
		return nil
	}
	piece := uuidPiece(name)
	var kinds [4][]*lflow.Port
	for _, p := range b.n.Ports() {
		switch {
		case p.Name2 == name:
			kinds[0] = append(kinds[0], p)
		case inDatapath(p, name):
			kinds[1] = append(kinds[1], p)
		case p.DisplayName(true) == name || p.DisplayName(false) == name:
			kinds[2] = append(kinds[2], p)
		case piece != "" && (strings.HasPrefix(p.UUID, piece) || strings.HasPrefix(strings.ToLower(p.Name), piece)):
			kinds[3] = append(kinds[3], p)
		}
	}
	return firstOf(kinds[:])
}

// inDatapath reports whether a name is DATAPATH/PORT of a port, each part by
// any of its names.
func inDatapath(p *lflow.Port, name string) bool {
	for _, d := range []string{p.Datapath.Name, p.Datapath.Name2, p.Datapath.DisplayName(true), p.Datapath.DisplayName(false), p.Datapath.UUID} {
		rest, ok := strings.CutPrefix(name, d+"/")
		if ok && d != "" && rest != "" && (rest == p.Name || rest == p.Name2 || rest == p.DisplayName(true)) {
			return true
		}
	}
	return false
}

// datapathsCalled returns the datapaths that a name fits, by the first kind of
// name that fits any.
func (b *Resolver) datapathsCalled(name string) []*lflow.Datapath {
	if name == "" {
		return nil
	}
	piece := uuidPiece(name)
	var kinds [3][]*lflow.Datapath
	for _, d := range b.n.Datapaths {
		switch {
		case d.Name == name || d.Name2 == name:
			kinds[0] = append(kinds[0], d)
		case d.DisplayName(true) == name:
			kinds[1] = append(kinds[1], d)
		case piece != "" && (strings.HasPrefix(d.UUID, piece) || strings.HasPrefix(d.NBUUID, piece)):
			kinds[2] = append(kinds[2], d)
		}
	}
	return firstOf(kinds[:])
}

// firstOf returns the first list that holds anything.
func firstOf[T any](lists [][]T) []T {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// uuidPiece returns a piece of at least 4 digits from the start of a UUID, in
// lower case, or "" where s is none.
func uuidPiece(s string) string {
	s = strings.ToLower(s)
	if len(s) < 4 || len(s) > 36 {
		return ""
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !strings.Contains("0123456789abcdef", s[i:i+1]) {
			return ""
		}
	}
	return s
}

// describePort returns what distinguishes a port from others of its name.
func describePort(p *lflow.Port) string {
	text := fmt.Sprintf("%s %s of %s", p.UUID, withAlias(p.Name, p.Name2), p.Datapath.DisplayName(true))
	if p.Type != "" {
		text += ", type " + p.Type
	}
	if given := p.AddressTexts(); len(given) > 0 {
		text += ", addresses " + strings.Join(given, "; ")
	}
	return text
}

// describeDatapath returns what distinguishes a datapath from others of its
// name.
func describeDatapath(d *lflow.Datapath) string {
	kind := cmp.Or(strings.TrimPrefix(d.Type, "logical-"), "datapath")
	return fmt.Sprintf("%s %s %s, key %d, %s", d.UUID, kind, withAlias(d.Name, d.Name2), d.TunnelKey, report.Count(len(d.Ports()), "port"))
}

// withAlias returns a name and the one that a person gave, if there is one.
func withAlias(name, name2 string) string {
	if name2 == "" || name2 == name {
		return name
	}
	return name + " (" + name2 + ")"
}
