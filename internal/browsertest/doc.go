// Package browsertest opens the pages that ovnwalk writes in a headless browser.  It is a separate
// module, so that the program does not depend on a browser driver.  Run it in its directory:
// go test ./...
package browsertest
