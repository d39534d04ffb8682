//go:build !linux

package archive

// PseudoFS names a file system that the kernel makes up; only Linux has those
// that matter.
func PseudoFS(string) string { return "" }
