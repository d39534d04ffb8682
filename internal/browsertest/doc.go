// Package browsertest opens the pages that ovnwalk writes in a headless browser.  It
// is a module of its own, so that the program's modules are without what drives a
// browser.  Run it in its directory: go test ./...
package browsertest
