package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
)

// Option is an option of DHCP, DHCPv6, a router advertisement or an event that actions may
// set.
type Option struct {
	Name string
	Code int    // its number in the protocol
	Type string // as in the southbound database: "ipv4", "str", "uint8", ...
}

// Options is an immutable table of options.
type Options struct{ byName map[string]*Option }

// NewOptions returns a table of options.  If several have the same name, it has the
// first.
func NewOptions(options []Option) *Options {
	t := &Options{byName: make(map[string]*Option, len(options))}
	for _, o := range options {
		if t.byName[o.Name] == nil {
			t.byName[o.Name] = &o
		}
	}
	return t
}

// Lookup returns the option with a name; ok is false if there is none.
func (t *Options) Lookup(name string) (o *Option, ok bool) {
	o, ok = t.byName[name]
	return o, ok
}

// optionRow is an option in a span of releases.
type optionRow struct {
	Option
	span string
}

// DHCPOptions returns the DHCPv4 options that the release's northd writes to the
// southbound database.
func DHCPOptions(d dialect.Dialect) *Options { return optionsOf(dhcpOptionRows, d) }

// DHCPv6Options returns the DHCPv6 options that the release's northd writes to
// the southbound database.
func DHCPv6Options(d dialect.Dialect) *Options { return optionsOf(dhcpv6OptionRows, d) }

func optionsOf(rows []optionRow, d dialect.Dialect) *Options {
	var options []Option
	for _, r := range rows {
		if dialect.MustSpan(r.span).Holds(d.Release()) {
			options = append(options, r.Option)
		}
	}
	return NewOptions(options)
}
