package cli

import (
	"bytes"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestProgressOfWork counts the steps that commands report to their bar.  What they
// write where no terminal is does not change.
func TestProgressOfWork(t *testing.T) {
	suite := filepath.Join(t.TempDir(), "vms.ovnwalk.yaml")
	text := "db: demo\ntests:\n  - name: ping\n    from: [vm1, vm2]\n    to: [vm1, vm2]\n    proto: icmp\n    expect: {delivered: $to}\n"
	sbtest.WriteFile(t, suite, []byte(text))
	for _, test := range []struct {
		name      string
		args      []string
		total     int64 // 0 for any
		isEndless bool  // whether the number of steps is not known
	}{
		{name: "test", args: []string{"test", suite}, total: 2},
		{name: "coverage", args: []string{"test", "--coverage", suite}, total: 2},
		{name: "record", args: []string{"record", "--db", "demo"}, total: 4}, // two senders, two destinations
		{name: "diff of a packet", args: []string{"diff", "--from", "vm1", "--to", "vm2", "--proto", "tcp:22,tcp:80", "demo", "demo"}, total: 2},
		{name: "diff", args: []string{"diff", "demo", "demo"}},
		{name: "diff of connections", args: []string{"diff", "--connections", "--from", "vm1", "--to", "vm2", "--proto", "tcp:22", "demo", "demo"}, total: 2}, // in two networks
		{name: "diff of a suite", args: []string{"diff", "--suite", suite, "demo", "demo"}, total: 6},                                                         // two to make out in each network, then two to send
		{name: "vet", args: []string{"vet", "demo"}},
		{name: "reach", args: []string{"reach", "--db", "demo", "--from", "vm1"}, isEndless: true},
		{name: "reach --diff", args: []string{"reach", "--diff", "--from", "vm1", "demo", "demo"}, isEndless: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var done, total atomic.Int64
			ctx := progress.With(t.Context(), func(d, more int) {
				done.Add(int64(d))
				total.Add(int64(more))
			})
			var out [2]bytes.Buffer
			status := system(nil, &out[0], &out[1]).Run(ctx, test.args)
			if stdout, stderr, want := ovnwalk(t, test.args...); status != want || status == 2 || out[0].String() != stdout || out[1].String() != stderr {
				t.Errorf("exit status %d, and %d uncounted; %s%s", status, want, &out[0], &out[1])
			}
			d, n := done.Load(), total.Load()
			if d == 0 || test.isEndless != (n == 0) || n > 0 && d != n || test.total > 0 && n != test.total {
				t.Errorf("%d steps of %d done", d, n)
			}
		})
	}
}
