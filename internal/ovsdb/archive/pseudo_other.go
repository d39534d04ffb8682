//go:build !linux

package archive

// PseudoFS returns the name of a file system that the kernel generates; it is
// implemented on Linux only.
func PseudoFS(string) string { return "" }
