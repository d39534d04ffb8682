// Command zones writes an archive of the databases of that many interconnect zones,
// each of some megabytes:
//
//	zones ZONES MEGABYTES FILE
//
// A connection from pod1-3 to pod3-3 crosses from the first of them to the last.  Run
// it in the top directory of the repository.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "zones:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: zones ZONES MEGABYTES FILE")
	}
	zones, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	megabytes, err := strconv.ParseFloat(args[1], 64)
	if err != nil {
		return err
	}
	f, err := os.Create(args[2])
	if err != nil {
		return err
	}
	defer f.Close()
	if err := sbtest.WriteZones(f, "testdata/wire/23.03/zones-l2", zones, int(megabytes*(1<<20))); err != nil {
		return err
	}
	return f.Close()
}
