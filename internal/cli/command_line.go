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

// What an option that names a file to write puts there, as an annotation.
const (
	writes         = "ovnwalk_writes"
	writesReport   = "report"
	writesMatrix   = "matrix" // a report, after a checkpoint beside it
	writesDatabase = "database"
)

// outputFlag adds an option that names a file to write.
func outputFlag(f *pflag.FlagSet, to *string, name, short, what, usage string) {
	f.StringVarP(to, name, short, "", usage)
	f.Lookup(name).Annotations = map[string][]string{writes: {what}}
}

// checkCommandLine finds what is wrong with a command line before a command does any work.
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

// flagValues returns the texts that an option was given, an empty one for an empty list. An
// option that needs no value has none here.
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
		return nil // such as a number, and what is tried in the order of the command line
	}
	return []string{f.Value.String()}
}

// checkStdin refuses to read standard input as two things.
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

// checkOutputs refuses to write two files to one place, a file where none can be, and a
// report over a database or over what it is about.  A database may replace the one that it
// was made from.
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

// checkReports refuses to write a report over one of several sources.
func (sys *System) checkReports(sources []string) error {
	for _, f := range sys.reports {
		path := f.Value.String()
		if slices.ContainsFunc(sources, func(source string) bool { return reads(source, path) }) {
			return fmt.Errorf("--%s=%s would replace a file that the command reads: give another name", f.Name, path)
		}
	}
	return nil
}

// reads reports whether a source, perhaps that of one zone, is a file or has it.
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

// sameFile reports whether two paths are one regular file, or will be.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return errA != nil && errB != nil && filepath.Clean(a) == filepath.Clean(b)
	}
	return infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
}
