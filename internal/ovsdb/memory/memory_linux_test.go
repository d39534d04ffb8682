package memory

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestHugeHeap compares the sizes of mappings with the flag for huge pages in proc(5).
func TestHugeHeap(t *testing.T) {
	advised := func() (bytes int) {
		maps, err := os.ReadFile("/proc/self/smaps")
		if err != nil || !strings.Contains(string(maps), "VmFlags:") {
			t.Skip("the system does not show the flags of mappings")
		}
		for _, m := range regexp.MustCompile(`(?s)\nSize: +(\d+) kB.*?\nVmFlags:([^\n]*)`).FindAllStringSubmatch(string(maps), -1) {
			if size, _ := strconv.Atoi(m[1]); strings.Contains(m[2]+" ", " hg ") {
				bytes += size << 10
			}
		}
		return bytes
	}
	const size = 8 << 20
	before := advised()
	HugeHeap(size)
	if got := advised() - before; got < size {
		t.Errorf("%d bytes more are advised for huge pages, want %d", got, size)
	}
}
