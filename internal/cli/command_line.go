package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Annotations of an option that names an output file: the kind of its contents.
const (
	writes         = "ovnwalk_writes"
	writesReport   = "report"
	writesMatrix   = "matrix" // a report, after a checkpoint beside it
	writesDatabase = "database"
)

// outputFlag adds an option that names an output file, with the kind of its contents.
func outputFlag(f *pflag.FlagSet, to *string, name, short, what, usage string) {
	f.StringVarP(to, name, short, "", usage)
	f.Lookup(name).Annotations = map[string][]string{writes: {what}}
}

// checkCommandLine checks the options and arguments of a command before it runs.
func (sys *System) checkCommandLine(cmd *cobra.Command, args []string) error {
	var given, outputs []*pflag.Flag
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Annotations[writes] != nil {
			outputs = append(outputs, f)
		} else {
			given = append(given, f)
		}
	})
	for _, f := range slices.Concat(outputs, given) {
		if slices.Contains(flagValues(f), "") {
			return fmt.Errorf("--%s: the value is empty", f.Name)
		}
	}
	if err := checkChoices(cmd.Flags()); err != nil {
		return err
	}
	if err := checkStdin(given, args); err != nil {
		return err
	}
	return sys.checkOutputs(outputs, given, args)
}

// flagValues returns the values of an option as text: "" for an empty list, and none for
// an option that may stand without a value.
func flagValues(f *pflag.Flag) []string {
	if f.NoOptDefVal != "" {
		return nil
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		if values := list.GetSlice(); len(values) > 0 {
			return values
		}
		return []string{""}
	}
	if f.Value.Type() != "string" {
		return nil // a number, or an option that checks its values itself
	}
	return []string{f.Value.String()}
}

// checkStdin returns an error if standard input is named twice as an input.
func checkStdin(given []*pflag.Flag, args []string) error {
	var by []string
	for _, f := range given {
		if slices.Contains([]string{"db", "nb", "nb-after", "suite", "batch"}, f.Name) && slices.Contains(flagValues(f), "-") {
			by = append(by, "--"+f.Name)
		}
	}
	for _, arg := range args {
		if arg == "-" {
			by = append(by, "an argument")
		}
	}
	if len(by) > 1 {
		return fmt.Errorf("standard input is given twice, by %s and by %s: it can be read once; save it in a file first", by[0], by[1])
	}
	return nil
}

// checkOutputs returns an error if two outputs are the same file, if an output cannot be
// created, or if a report would replace a database or an input.  A database may replace
// the one from which it is made.
func (sys *System) checkOutputs(outputs, given []*pflag.Flag, args []string) error {
	for i, f := range outputs {
		path := f.Value.String()
		for _, other := range outputs[:i] {
			if path != "-" && sameFile(path, other.Value.String()) {
				return fmt.Errorf("--%s and --%s are one file, %s: give two", other.Name, f.Name, path)
			}
		}
		what := f.Annotations[writes][0]
		if path != "-" && what != writesMatrix {
			if err := atomicfile.Check(path); err != nil {
				return fmt.Errorf("--%s=%s: %w", f.Name, path, err)
			}
		}
		if what == writesDatabase {
			continue
		}
		if open.HoldsDatabase(path) {
			return fmt.Errorf("--%s=%s would replace a database: give another name", f.Name, path)
		}
		sys.reports = append(sys.reports, f)
	}
	sources := slices.Concat(args, []string{sys.Getenv("OVN_SB_DB"), sys.Getenv("OVN_NB_DB")})
	for _, g := range given {
		sources = append(sources, flagValues(g)...)
	}
	return sys.checkReports(sources)
}

// checkReports returns an error if a report would replace one of the sources.
func (sys *System) checkReports(sources []string) error {
	for _, f := range sys.reports {
		path := f.Value.String()
		if slices.ContainsFunc(sources, func(source string) bool { return reads(source, path) }) {
			return fmt.Errorf("--%s=%s would replace a file that the command reads: give another name", f.Name, path)
		}
	}
	return nil
}

// reads reports whether a source, which may begin with ZONE=, consists of or contains the
// file at a path.
func reads(source, path string) (found bool) {
	_, ofZone, _ := strings.Cut(source, "=")
	for _, s := range []string{source, ofZone} {
		for _, file := range open.Files(s) {
			_, err := os.Stat(file)
			found = found || err == nil && sameFile(file, path)
		}
	}
	return found
}

// sameFile reports whether two paths name the same regular file, or would if they existed.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return errA != nil && errB != nil && filepath.Clean(a) == filepath.Clean(b)
	}
	return infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
}
