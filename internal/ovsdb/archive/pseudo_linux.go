package archive

import "syscall"

// pseudoNames are the file systems that the kernel generates, by the magic numbers
// of statfs(2). Reading them yields no database, and may not end.
var pseudoNames = map[int64]string{
	0x9fa0:     "proc",
	0x62656572: "sys",
	0x62656570: "config",
	0x64626720: "debug",
	0x74726163: "trace",
	0x73636673: "security",
	0x1cd1:     "devpts",
	0x27e0eb:   "cgroup",
	0x63677270: "cgroup2",
	0xcafe4a11: "bpf",
	0x6165676c: "pstore",
	0xde5e81e4: "efivar",
	0x42494e4d: "binfmt_misc",
	0xf97cff8c: "selinux",
	0x65735543: "fusectl",
}

// PseudoFS returns the name of the file system of a path if the kernel generates its
// content, else "".
func PseudoFS(path string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(path, &st) != nil {
		return "" // opening the path reports the error
	}
	return pseudoNames[int64(st.Type)&0xffffffff] //nolint:unconvert // the field has another type on other architectures
}
