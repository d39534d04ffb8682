package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/vet"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// completionTime limits how long a shell waits for names from a database, because a server
// may not respond.
const completionTime = 3 * time.Second

// isCompletion reports whether a shell requests completions.
func isCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// offer returns the completions that a network has for an option or argument.
type offer func(*lflow.Network) []string

// addCompletions registers completions for the options and arguments of all commands.
// Names in the network come from the database that the command line gives up to there.
func addCompletions(root *cobra.Command, sys *System) error {
	for _, cmd := range root.Commands() {
		if offer, ok := firstArguments[cmd.Name()]; ok {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				if len(args) > 0 {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return fromNetwork(cmd, sys, offer)
			}
		}
		if err := completeOptions(cmd, sys); err != nil {
			return err
		}
		for _, sub := range cmd.Commands() {
			if err := completeOptions(sub, sys); err != nil {
				return err
			}
		}
	}
	return nil
}

// completeOptions registers the completions for the options of a command.
func completeOptions(cmd *cobra.Command, sys *System) error {
	var err error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		offer := optionValues(sys, f)
		if offer != nil && err == nil {
			err = cmd.RegisterFlagCompletionFunc(f.Name, offer)
		}
	})
	return err
}

// firstArguments has the commands whose first argument is a name in the network.
var firstArguments = map[string]offer{
	"trace": datapathNames,
	"list":  datapathNames,
	"show":  func(n *lflow.Network) []string { return append(datapathNames(n), endNames(n)...) },
}

// networkValues has the options whose value is a name in the network.
var networkValues = map[string]offer{
	"from":    endNames,
	"to":      endNames,
	"via":     portNames,
	"why-not": portNames,
	"chassis": chassisNames,
	"stage":   stageNames,
}

// optionValues returns the completions for an option, nil if its value is a file or any text.
func optionValues(sys *System, option *pflag.Flag) cobra.CompletionFunc {
	if offer, ok := networkValues[option.Name]; ok {
		return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return fromNetwork(cmd, sys, offer)
		}
	}
	if c, ok := option.Value.(*choice); ok {
		return words(c.words...)
	}
	switch option.Name {
	case "release":
		return words(releaseNames()...)
	case "proto":
		return words(address.Protocols()...)
	case "ct":
		return words("new", "est", "est,rpl", "rel", "rel,rpl", "inv")
	case "ignore":
		return words(vetCodes()...)
	case "ovn-bin":
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	case "db":
		// File names are completed unless the text is a prefix of "demo".
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{demo.Name}, cobra.ShellCompDirectiveDefault
		}
	}
	return nil
}

// vetCodes are the codes of vet's findings.
func vetCodes() (codes []string) {
	for _, m := range vet.Codes() {
		codes = append(codes, string(m.Code))
	}
	return codes
}

// words completes fixed words.
func words(all ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
}

// fromNetwork completes names in the network that the command line gives so far.  If the
// network cannot be read there are no completions, because a shell shows no errors.
func fromNetwork(cmd *cobra.Command, sys *System, all offer) ([]string, cobra.ShellCompDirective) {
	ctx, stop := context.WithTimeout(context.Background(), completionTime)
	defer stop()
	quiet := *sys
	quiet.Stderr, quiet.opened = io.Discard, nil // no progress bar
	s := sourceOf(cmd.Flags())
	if s.db == "-" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	n, err := s.openQuiet(ctx, &quiet)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer n.Close()
	found := all(n)
	slices.Sort(found)
	return slices.Compact(found), cobra.ShellCompDirectiveNoFileComp
}

// sourceOf returns the source in a command's options.
func sourceOf(f *pflag.FlagSet) *source {
	text := func(name string) string {
		o := f.Lookup(name)
		if o == nil {
			return ""
		}
		if several, ok := o.Value.(pflag.SliceValue); ok {
			if all := several.GetSlice(); len(all) > 0 {
				return all[0]
			}
			return ""
		}
		return o.Value.String()
	}
	s := &source{db: text("db"), release: text("release")}
	s.accessOptions = accessOptions{key: text("private-key"), certificate: text("certificate"), ca: text("ca-cert")}
	if o := f.Lookup("no-leader-only"); o != nil && o.Changed {
		s.noLeaderOnly = true
	}
	s.uncommitted = text("uncommitted") == "true"
	return s
}

func datapathNames(n *lflow.Network) []string {
	var all []string
	for _, d := range n.Datapaths {
		all = append(all, d.DisplayName(true))
	}
	return all
}

func portNames(n *lflow.Network) []string {
	var all []string
	for _, p := range n.Ports() {
		all = append(all, p.Name)
		if p.Name2 != "" {
			all = append(all, p.Name2)
		}
	}
	return all
}

// endNames returns the possible ends of a connection: ports, and objects of the
// orchestrator.
func endNames(n *lflow.Network) []string {
	all := portNames(n)
	for _, e := range names.New(names.Zone{Network: n}).Entries() {
		switch {
		case e.Kind == names.Service:
			all = append(all, "svc:"+e.Name)
		case e.Kind == names.Node && e.Role == names.Management:
			all = append(all, "node:"+e.Name)
		case e.Kind == names.Pod, e.Kind == names.Server:
			all = append(all, e.Short())
		}
	}
	return all
}

// stageNames returns the names of a network's stages.
func stageNames(n *lflow.Network) []string {
	seen := map[string]bool{}
	for _, d := range n.Datapaths {
		for f := range n.ListFlows(d) {
			seen[f.Stage()] = true
		}
	}
	return slices.Collect(maps.Keys(seen))
}

func chassisNames(n *lflow.Network) []string {
	var all []string
	for _, c := range n.Chassis() {
		all = append(all, c.Name)
	}
	return all
}

// releaseNames returns the names of OVN releases, newest first.
func releaseNames() []string {
	all := []string{"main"}
	for _, k := range slices.Backward(dialect.Releases) {
		if k.Release.Point == 0 {
			all = append(all, k.Release.Series())
		}
	}
	return all
}
