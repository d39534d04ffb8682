//go:build unix

package mmapfault

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// mapped returns the mapped bytes of a file that was truncated afterwards.
func mapped(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	sbtest.WriteFile(t, path, make([]byte, 1<<20))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, 1<<20, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(data) })
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRun(t *testing.T) {
	data := mapped(t)
	sum := byte(0)
	if Run(func() { sum++ }) || sum != 1 {
		t.Error("the fault is not reported")
	}
	if !Run(func() { sum += data[1<<19] }) {
		t.Error("the fault is not reported")
	}
}

// TestRunPanicDuringFault panics in one call of Run after a fault in another.
func TestRunPanicDuringFault(t *testing.T) {
	data := mapped(t)
	var none *int
	sum := byte(0)
	stumble := func() bool { return Run(func() { sum += byte(*none) }) }
	Run(func() {
		if !Run(func() { sum += data[0] }) || !stumble() {
			t.Error("a panic during another call's fault is not reported as a fault")
		}
	})
	defer func() {
		if recover() == nil {
			t.Error("a panic after all calls with faults ended is reported as a fault")
		}
	}()
	stumble()
}

func TestRunOtherPanics(t *testing.T) {
	why := errors.New("another reason")
	defer func() {
		if e := recover(); e != why {
			t.Errorf("panic %v", e)
		}
	}()
	Run(func() { panic(why) })
	t.Error("a panic that is no fault was recovered")
}

func TestEach(t *testing.T) {
	for _, workers := range []int{0, 1, 3, 200} {
		for _, n := range []int{0, 1, 100} {
			calls := make([]atomic.Int32, n)
			Each(workers, n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Errorf("%d workers: call %d of %d was made %d times", workers, i, n, got)
				}
			}
		}
	}
}

func TestEachFault(t *testing.T) {
	data := mapped(t)
	for _, workers := range []int{1, 3} {
		var calls, sum atomic.Int64
		gone := Run(func() {
			Each(workers, 100, func(i int) {
				calls.Add(1)
				if i == 10 {
					sum.Add(int64(data[0]))
				}
			})
		})
		if !gone {
			t.Errorf("%d workers: the fault does not reach the caller", workers)
		}
		if got := calls.Load(); workers == 1 && got != 11 {
			t.Errorf("%d calls were made, of which the eleventh had the fault", got)
		}
	}
}
