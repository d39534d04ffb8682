// Package input opens the databases of commands: it reads the values of --db, --nb, --release
// and --chassis, finds the zones that they name, and opens each when it is first used, with
// progress, warnings and checks that its file did not change.
package input
