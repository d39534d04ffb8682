// Command regenerate rebuilds the databases that the project carries, with the
// OVN that is installed here, and records random networks for a closer look.
//
//	regenerate demo FILE                    the built-in demo's database
//	regenerate office DIR                a network of the guide, north and south
//	regenerate names DIR                 networks with the names that orchestrators write, two generations of each
//	regenerate tickets DIR               that of the guide's tickets, and in DIR/fixed without its faults
//	regenerate corpus DIR                the project's own corpus
//	regenerate random DIR FIRST COUNT CASES   COUNT random networks from seed FIRST on
//
// A file whose name ends in .gz is gzip'd.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

var errUsage = errors.New("usage: regenerate demo FILE | office DIR | names DIR | tickets DIR | corpus DIR | random DIR FIRST COUNT CASES")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "regenerate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "demo":
		return record(ctx, lab.Routing(), args[1], "", 0, 0)
	case len(args) == 2 && args[0] == "office":
		return both(ctx, lab.OfficeNetwork(), args[1])
	case len(args) == 2 && args[0] == "names":
		return named(ctx, args[1])
	case len(args) == 2 && args[0] == "tickets":
		if err := both(ctx, lab.TicketsNetwork(false), args[1]); err != nil {
			return err
		}
		return both(ctx, lab.TicketsNetwork(true), filepath.Join(args[1], "fixed"))
	case len(args) == 2 && args[0] == "corpus":
		return corpus(ctx, args[1])
	case len(args) == 5 && args[0] == "random":
		var numbers [3]int
		for i := range numbers {
			n, err := strconv.Atoi(args[2+i])
			if err != nil || n < 0 {
				return fmt.Errorf("%q is no number; %w", args[2+i], errUsage)
			}
			numbers[i] = n
		}
		return random(ctx, args[1], uint64(numbers[0]), numbers[1], numbers[2])
	}
	return errUsage
}

// named saves the networks with names, and once more as a later generation.
func named(ctx context.Context, folder string) error {
	for generation, suffix := range []string{"", "-later"} {
		for _, n := range []*lab.Network{
			lab.KubernetesNetwork(generation), lab.KubernetesZone(0, generation), lab.KubernetesZone(1, generation),
			lab.NeutronNetwork(generation), lab.KubeOVNNetwork(generation), lab.UserDefinedNetwork(generation),
		} {
			if err := both(ctx, n, filepath.Join(folder, n.Name+suffix)); err != nil {
				return err
			}
		}
	}
	return nil
}

// both saves both databases of a network in a directory, which it makes.
func both(ctx context.Context, n *lab.Network, folder string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	p, err := lab.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Build(ctx, n); err != nil {
		return err
	}
	for _, b := range []struct {
		name   string
		backup func(context.Context) ([]byte, error)
	}{{"sb.db.gz", p.Backup}, {"nb.db.gz", p.BackupNorth}} {
		content, err := b.backup(ctx)
		if err != nil {
			return err
		}
		if err := lab.WriteFile(filepath.Join(folder, b.name), content); err != nil {
			return err
		}
	}
	return nil
}

// corpusNetworks and corpusCases are the size of the project's own corpus.
const (
	corpusNetworks = 12
	corpusCases    = 25
)

// corpus records the first seeds as DIR/seed-NN.db.gz and .jsonl.gz.
func corpus(ctx context.Context, folder string) error {
	for seed := range uint64(corpusNetworks) {
		stem := filepath.Join(folder, fmt.Sprintf("seed-%02d", seed))
		if err := record(ctx, lab.Generate(seed), stem+".db.gz", stem+".jsonl.gz", seed, corpusCases); err != nil {
			return err
		}
	}
	return nil
}

// random records networks as DIR/NN/sb.db and cases.jsonl.
func random(ctx context.Context, folder string, first uint64, count, cases int) error {
	for seed := first; seed < first+uint64(count); seed++ {
		at := filepath.Join(folder, fmt.Sprintf("%02d", seed))
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		if err := record(ctx, lab.Generate(seed), filepath.Join(at, "sb.db"), filepath.Join(at, "cases.jsonl"), seed, cases); err != nil {
			return err
		}
	}
	return nil
}

// record lays a network, saves its database and, where cases is not 0, what
// the real tool says of that many microflows.
func record(ctx context.Context, n *lab.Network, database, casesFile string, seed uint64, cases int) (err error) {
	p, err := lab.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Build(ctx, n); err != nil {
		return err
	}
	content, err := p.Backup(ctx)
	if err != nil {
		return err
	}
	if err := lab.WriteFile(database, content); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", database, len(content))
	if cases == 0 {
		return nil
	}
	recorded, err := p.RecordDecided(ctx, n, lab.NewMicroflows, seed, cases)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d cases\n", casesFile, len(recorded))
	return lab.WriteCases(casesFile, recorded)
}
