package action

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// northdBugs are refusals of actions that a release's own northd writes, by
// release: the release's ovn-trace refuses them in the same words.
var northdBugs = map[string]string{
	"2.11.0":  "128-bit constant is not compatible with 32-bit field arp.spa.", // an ARP answer for an IPv6 address
	"23.03.0": "Syntax error at `drop' expecting action.",                      // flags.force_snat_for_lb = 1; drop;
}

// TestCorpus parses the actions of every flow of the databases of the corpus.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("OVNWALK_CORPUS")
	if dir == "" {
		t.Skip("OVNWALK_CORPUS names no corpus")
	}
	flows := 0
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".db.gz") {
			return err
		}
		r, err := dialect.Parse(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		env := Env{Dialect: dialect.For(r), Tracing: true}
		return eachFlow(path, func(f flow) {
			flows++
			env.Pipeline, env.Table = Ingress, f.TableID
			if f.Pipeline == "egress" {
				env.Pipeline = Egress
			}
			a, err := Parse(f.Actions, env)
			switch {
			case err != nil && strings.Contains(f.Actions, "^") && strings.Contains(err.Error(), "emplate"):
			case err != nil && err.Error() == northdBugs[r.String()]:
			case err != nil:
				t.Errorf("%s: %s: %v", path, f.Actions, err)
			default:
				roundTrip(t, a.String(), env)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if flows == 0 {
		t.Errorf("no flows under %s", dir)
	}
	t.Logf("%d flows", flows)
}

// flow is what a record of a database says of a row of Logical_Flow.
type flow struct {
	Actions  string `json:"actions"`
	Pipeline string `json:"pipeline"`
	TableID  int    `json:"table_id"`
}

// eachFlow calls f for every row of Logical_Flow that the database file inserts.
func eachFlow(path string, f func(flow)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	in := bufio.NewReader(z)
	for {
		// A record: "OVSDB JSON <length> <checksum>", and that many bytes.
		header, err := in.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		words := strings.Fields(header)
		if len(words) < 4 {
			return fmt.Errorf("%s: no record header: %q (%v)", path, header, err)
		}
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return err
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		var record struct{ Logical_Flow map[string]*flow }
		if err := json.Unmarshal(body, &record); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, row := range record.Logical_Flow {
			if row != nil && row.Pipeline != "" {
				f(*row)
			}
		}
	}
}
