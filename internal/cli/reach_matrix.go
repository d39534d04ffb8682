package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/reach/matrix"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// matrixOptions are the options of ovnwalk reach --matrix.
type matrixOptions struct {
	is     bool
	output string
	shard  string
	resume bool
}

// checkMatrix checks the options of a matrix.
func (o *reachOptions) checkMatrix() error {
	switch {
	case !o.matrix.is && (o.matrix.output != "" || o.matrix.shard != "" || o.matrix.resume):
		return errors.New("--output, --shard and --resume are options of --matrix")
	case !o.matrix.is:
		return nil
	case o.isDiff, o.asserts(), o.dropped != "", o.through != "":
		return errors.New("--matrix has all results of all packets: leave out --diff, --dropped, --through and assertions")
	case o.matrix.output == "":
		return errors.New("--matrix is written to a file: give -o FILE")
	}
	return nil
}

// matrixFormat returns the given format of a matrix, or the one in the name of its file.
func matrixFormat(file, given string) (string, error) {
	name, _ := logfile.CutPacking(strings.ToLower(filepath.Base(file)))
	switch {
	case given == "csv", given == "ndjson":
		return given, nil
	case given != "":
		return "", fmt.Errorf("--format=%s: not one of ndjson or csv, which are the formats of a matrix", given)
	case strings.HasSuffix(name, ".csv"):
		return "csv", nil
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".jsonl"):
		return "ndjson", nil
	}
	return "", fmt.Errorf("%s: the name of the file must end in .ndjson or .csv, followed by .gz, .zst or .xz to compress it; or give --format", file)
}

// runMatrix writes the results for all pairs of ports.
func runMatrix(ctx context.Context, sys *System, o *reachOptions) (err error) {
	format, err := matrixFormat(o.matrix.output, o.format)
	if err != nil {
		return err
	}
	shard := matrix.Shard{K: 1, N: 1}
	if o.matrix.shard != "" {
		if shard, err = parseShard(o.matrix.shard, sys.Getenv); err != nil {
			return err
		}
		if format == "csv" {
			return errors.New("--shard writes a part for 'ovnwalk reach merge', not CSV: give -o FILE.ndjson")
		}
	}
	s, err := o.begin(ctx, sys)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop(&err)
	x, err := reach.NewPairs(ctx, s.Zones, s.question)
	if err != nil {
		return err
	}
	if len(o.sources.North) > 0 {
		x.MadeFrom = s.rows
	}
	h := matrix.NewHeader(x)
	info, _ := debug.ReadBuildInfo()
	h.Program, h.Shard = version(info), shard
	var networks []*lflow.Network
	for _, r := range s.Resolvers {
		networks = append(networks, r.Network())
	}
	if h.Database = matrix.DigestOf(networks...); len(networks) > 1 {
		h.Zones = s.Names
	}
	if h.Northbound, err = northDigest(ctx, s.zones); err != nil {
		return err
	}
	h.Options = matrix.Options{From: o.from, To: o.to, Spoof: o.spoof, Packets: o.packets, Limit: o.limit}
	checkpoint := matrix.CheckpointPath(o.matrix.output)
	var done *matrix.Part
	if o.matrix.resume {
		if done, err = matrix.ReadCheckpoint(checkpoint, &h); err != nil {
			return err
		}
	}
	kept, err := matrix.NewCheckpoint(checkpoint, h, done)
	if err != nil {
		printError(sys.Stderr, err)
		return &statusError{exitAgain}
	}
	defer func() {
		err = errors.Join(err, kept.Close(err == nil))
		if err != nil {
			printError(sys.Stderr, fmt.Errorf("%w; --resume continues from the checkpoint %s", err, checkpoint))
			err = &statusError{exitAgain}
		}
	}()
	part, err := working(ctx, sys, "pairs of ports", func(ctx context.Context) (*matrix.Part, error) { return matrix.Run(ctx, x, h, done, kept) })
	if err != nil {
		return err
	}
	if o.matrix.shard != "" {
		if err := packed(o.matrix.output, part.Write); err != nil {
			return err
		}
		_, err = fmt.Fprintf(sys.Stdout, "%s: share %s of the matrix\n", o.matrix.output, shard)
		return err
	}
	m, err := part.Matrix()
	if err != nil {
		return err
	}
	return writeMatrix(sys, m, o.matrix.output, format)
}

// completionIndex is the environment variable with the number of a pod, from 0, in an
// Indexed Job of Kubernetes.
const completionIndex = "JOB_COMPLETION_INDEX"

// parseShard parses K/N, or job/N for the share of a pod of an Indexed Job.
func parseShard(text string, getenv func(string) string) (matrix.Shard, error) {
	if n, ok := strings.CutPrefix(text, "job/"); ok {
		value := getenv(completionIndex)
		index, err := strconv.Atoi(value)
		if err != nil {
			return matrix.Shard{}, fmt.Errorf("--shard=%s: %s is %q, not a number: this is not a pod of an Indexed Job; give K/N", text, completionIndex, value)
		}
		text = fmt.Sprintf("%d/%s", index+1, n)
	}
	shard, err := matrix.ParseShard(text)
	if err != nil {
		return shard, fmt.Errorf("--shard=%w", err)
	}
	return shard, nil
}

// northDigest returns the digests of the northbound databases that were read.
func northDigest(ctx context.Context, zones *input.Network) (text string, err error) {
	if len(zones.Request().North) == 0 {
		return "", nil
	}
	for _, z := range zones.Zones {
		if z.Opened() == nil {
			continue
		}
		norths, err := z.North(ctx)
		if err != nil {
			return "", err
		}
		for _, n := range norths {
			text = strings.TrimSpace(text + " " + matrix.Digest(n.Snapshot()))
		}
	}
	return text, nil
}

// packed writes a file, compressed according to the suffix of its name.
func packed(path string, write func(io.Writer) error) error {
	return logfile.PackFile(path, write)
}

// writeMatrix writes a matrix to a file, and a line with its size to standard output.
func writeMatrix(sys *System, m *matrix.Matrix, path, format string) error {
	write := m.WriteJSON
	if format == "csv" {
		write = m.WriteCSV
	}
	if err := packed(path, write); err != nil {
		return err
	}
	_, err := fmt.Fprintf(sys.Stdout, "%s: %s\n", path, m.Summary())
	return err
}

func newReachMergeCmd(sys *System) *cobra.Command {
	var output, format string
	cmd := &cobra.Command{
		Use:   "merge PART... -o FILE",
		Short: "Join the parts of a matrix",
		Long: `Merge joins the parts that reach --matrix --shard K/N writes into the matrix
that one run without --shard would write, byte for byte.  It rejects parts of
different databases, options or versions of the program, and missing, repeated
or incomplete parts.`,
		Example: `  ovnwalk reach merge part-*.ndjson.zst -o reach.ndjson.zst`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || output == "" {
				return errors.New("give the parts, and -o FILE (see 'ovnwalk reach merge --help')")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return runReachMerge(sys, args, output, format) },
	}
	f := cmd.Flags()
	outputFlag(f, &output, "output", "o", writesReport, "file to write")
	f.StringVar(&format, "format", "", "output format: ndjson or csv (default by the name of the file)")
	return cmd
}

func runReachMerge(sys *System, paths []string, output, format string) error {
	format, err := matrixFormat(output, format)
	if err != nil {
		return err
	}
	var parts []matrix.Named
	for _, path := range paths {
		p, err := readPart(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		parts = append(parts, matrix.Named{Name: path, Part: p})
	}
	m, err := matrix.Merge(parts)
	if err != nil {
		return err
	}
	return writeMatrix(sys, m, output, format)
}

func readPart(path string) (*matrix.Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := logfile.Unpack(f)
	if err != nil {
		return nil, err
	}
	return matrix.ReadPart(in)
}
