package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// source is a database given by --db, and how it is read.
type source struct {
	db      string
	release string
	chassis string
	damage  input.DamagePolicy
	accessOptions

	asChassis bool // see lflow.Options
}

// accessOptions are the options for connecting to servers and reading databases.
type accessOptions struct {
	uncommitted  bool
	noLeaderOnly bool
	key          string
	certificate  string
	ca           string
	verifyHost   bool
}

// Descriptions of options that source and sources share.
const (
	dbUsage      = "southbound database: a file, an archive member PATH//MEMBER, - for standard input,\nTABLE=FILE,..., a server as unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT,\nor \"demo\" for the built-in network (default $OVN_SB_DB)"
	releaseUsage = "read the database as that of the given OVN release, such as 23.03 or main, instead of detecting it"
	chassisUsage = "use the template variables and the local ports of a chassis"
)

func (s *source) flags(f *pflag.FlagSet) {
	f.Var(&once{value: &s.db}, "db", dbUsage)
	s.accessOptions.flags(f)
	f.StringVar(&s.release, "release", "", releaseUsage)
	f.StringVar(&s.chassis, "chassis", "", chassisUsage)
}

// sources are the databases of one or several zones, given by --db.
type sources struct {
	input.Request
	accessOptions
}

// flags adds the options; --db may be repeated.
func (s *sources) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&s.DB, "db", nil, strings.Replace(dbUsage, "database", "database `SOURCE`", 1)+";\nmay be repeated, once for each interconnect zone; an archive or directory with several means all of them")
	s.accessOptions.flags(f)
	f.StringArrayVar(&s.Release, "release", nil, releaseUsage+";\nfor one zone as `[ZONE=]RELEASE`; may be repeated")
	f.StringVar(&s.Chassis, "chassis", "", chassisUsage)
}

// northFlag adds --nb; purpose continues its description.
func (s *sources) northFlag(f *pflag.FlagSet, purpose string) {
	f.StringArrayVar(&s.North, "nb", nil, "northbound database `[ZONE=]FILE`, "+purpose+"; may be repeated, for several zones"+northUsage)
}

// open finds the zones.
func (s *sources) open(ctx context.Context, sys *System) (*input.Network, error) {
	r := s.Request
	if len(r.DB) == 0 {
		r.DB = []string{sys.Getenv("OVN_SB_DB")}
	}
	r.Source = s.accessOptions.source()
	return input.Open(ctx, sys.session(), r)
}

// same reports whether two sources are the same databases, read in the same way.
func (s *sources) same(o *sources) bool {
	return slices.Equal(s.DB, o.DB) && slices.Equal(s.Release, o.Release) && s.Chassis == o.Chassis && s.accessOptions == o.accessOptions
}

// name returns the databases as they were given.
func (s *sources) name(sys *System) string {
	return cmp.Or(strings.Join(s.DB, " "), sys.Getenv("OVN_SB_DB"))
}

// zones returns a source as sources, which may contain several zones.
func (s *source) zones() *sources {
	z := &sources{accessOptions: s.accessOptions}
	z.Chassis, z.Damage, z.AsChassis = s.chassis, s.damage, s.asChassis
	if s.db != "" {
		z.DB = []string{s.db}
	}
	if s.release != "" {
		z.Release = []string{s.release}
	}
	return z
}

// once is the value of an option that may be given once: a second value is an error
// instead of replacing the first.
type once struct {
	value *string
	isSet string
}

// String returns the value.
func (o *once) String() string {
	if o.value == nil {
		return ""
	}
	return *o.value
}

// Type returns the word for the value in a usage.
func (o *once) Type() string { return "string" }

// Set takes the value.
func (o *once) Set(value string) error {
	if o.isSet != "" && *o.value == o.isSet && value != o.isSet {
		return fmt.Errorf("given twice, as %s and as %s: give one database", o.isSet, value)
	}
	*o.value, o.isSet = value, value
	return nil
}

func (a *accessOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&a.uncommitted, "uncommitted", false, "apply the uncommitted log entries of a clustered file as well")
	setBool(f, &a.noLeaderOnly, false, "leader-only", "connect only to the leader of a cluster (default)")
	setBool(f, &a.noLeaderOnly, true, "no-leader-only", "connect to any member of a cluster")
	f.StringVarP(&a.key, "private-key", "p", "", "file with the private key for ssl: servers")
	f.StringVarP(&a.certificate, "certificate", "c", "", "file with the certificate for the private key")
	f.StringVarP(&a.ca, "ca-cert", "C", "", "file with the CA certificate to verify ssl: servers, or \"none\"")
	f.BoolVar(&a.verifyHost, "verify-host", false, "require that the certificate of an ssl: server matches its host name")
}

// read reads the network, and shows a progress bar if that takes long.
func (s *source) read(ctx context.Context, sys *System) (*lflow.Network, error) {
	o := lflow.Options{Chassis: s.chassis, AsChassis: s.asChassis, Source: s.accessOptions.source()}
	if s.release != "" {
		r, err := dialect.Parse(s.release)
		if err != nil {
			return nil, err
		}
		o.Release = r
	}
	name := s.db
	if name == "" {
		name = sys.Getenv("OVN_SB_DB")
	}
	if name == "" {
		return nil, input.ErrNone
	}
	bar := sys.session().Progress(name)
	defer bar.Stop()
	o.Source.Progress = bar.At
	switch name {
	case demo.Name:
		return lflow.Read(ctx, name, demo.Bytes(), o)
	case "-":
		return lflow.ReadFrom(ctx, "standard input", sys.Stdin, o)
	}
	return lflow.Open(ctx, name, o)
}

// source returns the options as those of [lflow.Source].
func (a *accessOptions) source() lflow.Source {
	return lflow.Source{
		Uncommitted: a.uncommitted, NoLeaderOnly: a.noLeaderOnly,
		PrivateKey: a.key, Certificate: a.certificate, CACert: a.ca, VerifyHost: a.verifyHost,
	}
}

// allTables returns the options for reading all tables of a database of any schema.
func (a *accessOptions) allTables() ovsdb.Options {
	return ovsdb.Options{
		Uncommitted: a.uncommitted, NoLeaderOnly: a.noLeaderOnly,
		TLS: ovsdb.TLS{PrivateKey: a.key, Certificate: a.certificate, CACert: a.ca, VerifyHost: a.verifyHost},
	}
}
