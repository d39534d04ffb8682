package diff

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestFormats writes one report in each format.
func TestFormats(t *testing.T) {
	changed := usual()
	changed.acl = []string{`outport == "q1" && tcp.dst == 22|drop;`}
	changed.extra = []string{"p3"}
	r := difference(t, usual().network(t), changed.network(t))
	style := Style{Before: "old.db", After: "new.db"}
	var text bytes.Buffer
	if err := r.Write(&text, "text", style); err != nil {
		t.Fatal(err)
	}
	want := `port: port p3 of sw0 is new
verdict: acl-drop (2 packets)
    was sw1/ls_out_acl: flow 00000022, priority 0, 1: next;
    now sw1/ls_out_acl: flow 00000026, priority 2000, outport == "q1" && tcp.dst == 22: drop;
    p2 to q1, tcp:22
        was delivered to q1
        now dropped acl-drop
    p1 to q1, tcp:22
        was delivered to q1
        now dropped acl-drop
`
	if got := text.String(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "2 of 60 packets changed (1 cause)\n") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var doc struct {
		Same      bool
		Differing int
		Before    string
		Ports     []string
		Causes    []struct {
			After   struct{ Stage string }
			Packets []struct {
				Now []string `json:"after"`
			}
		}
	}
	var b bytes.Buffer
	if err := r.Write(&b, "json", style); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Same || doc.Differing != 2 || len(doc.Causes) != 1 || doc.Before != "old.db" || doc.Ports[0] != "port p3 of sw0 is new" ||
		doc.Causes[0].After.Stage != "ls_out_acl" || doc.Causes[0].Packets[0].Now[0] != "dropped acl-drop" {
		t.Errorf("got %s", b.Bytes())
	}
	if err := r.Write(&b, "yaml", style); err == nil || !strings.Contains(err.Error(), "json, text") {
		t.Errorf("error %v", err)
	}
}

// TestKindsHaveNames checks that every kind has a name.
func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for k := Port; k <= Path; k++ {
		if w := k.String(); w == "" || seen[w] {
			t.Errorf("kind %d is called %q", k, w)
		} else {
			seen[w] = true
		}
	}
}
