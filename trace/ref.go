package trace

// Text is a name, or a match or action with names of ports in it, in the two forms
// that ovn-trace(8) shows.
type Text struct {
	Friendly string // with friendly names (--friendly-names)
	Plain    string // with the names that flows use (--no-friendly-names)
}

// SameText returns a text with the same two forms.
func SameText(s string) Text { return Text{s, s} }

// In returns one of the forms.
func (t Text) In(friendly bool) string {
	if friendly {
		return t.Friendly
	}
	return t.Plain
}

// String returns the friendly form.
func (t Text) String() string { return t.Friendly }

// DatapathRef refers to a datapath.  The traces of a network share the references;
// they must not be changed.  The plain name of a datapath is the UUID of its
// northbound row.
type DatapathRef struct {
	UUID string // of the row of Datapath_Binding, or "" in a trace that was read from JSON
	Key  int64  // the tunnel key
	Name Text
}

// DatapathNamed returns a reference that has only a name and a tunnel key.
func DatapathNamed(name string, key int64) *DatapathRef {
	return &DatapathRef{Key: key, Name: SameText(name)}
}

// DisplayName returns the datapath's name, or "" for nil.
func (d *DatapathRef) DisplayName(friendly bool) string {
	if d == nil {
		return ""
	}
	return d.Name.In(friendly)
}

// String returns the friendly name.
func (d *DatapathRef) String() string { return d.DisplayName(true) }

// Is reports whether two references are to the same datapath.
func (d *DatapathRef) Is(o *DatapathRef) bool {
	return d == o || d != nil && o != nil && *d == *o
}

func (d *DatapathRef) key() int64 {
	if d == nil {
		return 0
	}
	return d.Key
}

// PortRef refers to a port of a datapath.  The traces of a network share the
// references; they must not be changed.
type PortRef struct {
	// UUID is that of the row of Port_Binding.  It is "" for a key without a port, for a
	// multicast group in place of a port, and in a trace that was read from JSON.
	UUID     string
	Key      uint64 // the tunnel key
	Type     string // "" for a VIF
	Datapath *DatapathRef
	Name     Text // empty for a key without a port
}

// PortNamed returns a reference that has only a name, a type and a datapath. It returns nil if
// the name is "".
func PortNamed(name, typ string, d *DatapathRef) *PortRef {
	switch name {
	case "":
		return nil
	case unnamed:
		return &PortRef{Datapath: d, Type: typ}
	}
	return &PortRef{Type: typ, Datapath: d, Name: SameText(name)}
}

// unnamed is the name of a key without a port in ovn-trace(8).
const unnamed = "(unnamed)"

// DisplayName returns the port's name, "" for nil, or "(unnamed)" for a key without a port.
func (p *PortRef) DisplayName(friendly bool) string {
	switch {
	case p == nil:
		return ""
	case p.IsUnnamed():
		return unnamed
	}
	return p.Name.In(friendly)
}

// String returns the friendly name.
func (p *PortRef) String() string { return p.DisplayName(true) }

// IsUnnamed reports whether no port or multicast group has the key.
func (p *PortRef) IsUnnamed() bool { return p != nil && p.UUID == "" && p.Name == Text{} }
