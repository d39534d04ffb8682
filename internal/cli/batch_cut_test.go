//go:build linux

package cli

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
)

// TestBatchCutShort takes a database's bytes away under a batch.
func TestBatchCutShort(t *testing.T) {
	data, err := demo.Unpacked()
	if err != nil {
		t.Fatal(err)
	}
	comment := fmt.Sprintf("{\"_comment\":%q}\n", strings.Repeat("x", 17<<20)) // so that the file is mapped
	data = append(data, fmt.Sprintf("OVSDB JSON %d %x\n%s", len(comment), sha1.Sum([]byte(comment)), comment)...)
	path := filepath.Join(t.TempDir(), "sb.db")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	in, lines := io.Pipe()
	answers, out := io.Pipe()
	var stderr bytes.Buffer
	status := make(chan int)
	go func() {
		s := Run(t.Context(), []string{"trace", "--db", path, "--batch", "-"}, func(string) string { return "" }, in, out, &stderr)
		out.Close()
		status <- s
	}()
	r := bufio.NewReader(answers)
	fmt.Fprintln(lines, `{"args": ["network1", "inport == \"vm1\" && arp"]}`)
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, `"exit":0`) {
		t.Fatalf("answer %s, %v", line, err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	go func() {
		fmt.Fprintln(lines, `{"args": ["network2", "inport == \"vm2\" && eth.src == 40:44:00:00:00:02 && ip4.src == 192.168.1.11 && eth.dst == 40:44:00:00:00:04 && ip4.dst == 192.168.0.11 && ip.ttl == 9"]}`)
		lines.Close()
	}()
	rest, err := io.ReadAll(r)
	if got := <-status; err != nil || got != exitTrouble || len(rest) > 0 || !strings.Contains(stderr.String(), "cut short while it was in use") {
		t.Errorf("status %d, answers %q, stderr %q, %v", got, rest, stderr.String(), err)
	}
}
