// Package docs makes the documents that follow from tables in the code, and
// reads the commands out of all documents.  Its tests hold the tree to both:
// a generated page is what its table says, and every command that a document
// shows has been run as it is written there.
//
// After a change of a table or an option,
//
//	go test ./internal/docs -update
//
// writes the generated pages anew, and the output under the commands of the
// others.
package docs

import "maps"

// Generated returns the documents that are made from the code, by their paths
// from the tree's root with slashes.
func Generated() map[string]string {
	pages := map[string]string{
		"docs/language.md":      Language(),
		"docs/compatibility.md": Compatibility(),
	}
	maps.Copy(pages, ManPages())
	return pages
}
