// Package input is where a command's databases come from: it reads the values of
// --db, --nb, --release and --chassis, finds the zones that they name, and opens each
// when it is first needed, with progress, warnings and a watch on its file.
package input
