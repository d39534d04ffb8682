package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracejson"
)

// recordedTraces calls f with the trace of every case below a directory that can be
// traced, and with what it is called.
func recordedTraces(t *testing.T, folder string, f func(t *testing.T, name string, n *lflow.Network, req sim.Request, tr *trace.Trace)) {
	recordings, err := lab.Recordings(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(recordings) == 0 {
		t.Fatalf("no recordings in %s", folder)
	}
	for _, r := range recordings {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			cases, err := lab.ReadCases[lab.Case](r.Cases)
			if err != nil {
				t.Fatal(err)
			}
			networks := map[string]*lflow.Network{} // by chassis
			for _, c := range cases {
				var o traceOptions
				flags := pflag.NewFlagSet("trace", pflag.ContinueOnError)
				o.flags(flags)
				if err := flags.Parse(c.Args); err != nil {
					t.Fatal(err)
				}
				if err := o.take(flags.Args()); err != nil {
					t.Fatal(err)
				}
				req, err := o.request()
				if err != nil {
					t.Fatal(err)
				}
				n := networks[o.Chassis]
				if n == nil {
					if n, err = lflow.Open(context.Background(), r.Database, lflow.Options{Chassis: o.Chassis}); err != nil {
						t.Fatal(err)
					}
					defer n.Close()
					networks[o.Chassis] = n
				}
				tr, err := sim.Trace(n, req)
				if err != nil {
					continue // a refusal
				}
				f(t, strings.Join(c.Args, " "), n, req, tr)
			}
		})
	}
}

// A trace in JSON is what the schema describes, and is the same once read.
func TestRecordedTracesInJSON(t *testing.T) {
	schema := schema(t, "trace.schema.json")
	check := func(t *testing.T, name string, _ *lflow.Network, _ sim.Request, tr *trace.Trace) {
		var b bytes.Buffer
		if err := tracejson.Write(&b, tr, tracejson.Options{Line: true}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: not what the schema describes: %v", name, err)
		}
		text := b.String()
		again, err := tracejson.Read(&b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.Reset()
		if err := tracejson.Write(&b, again, tracejson.Options{Line: true}); err != nil || b.String() != text {
			t.Errorf("%s: %v, not the same bytes once read", name, err)
		}
	}
	recordedTraces(t, filepath.Join("..", "..", "testdata", "corpus"), check)
	corpus := os.Getenv("OVNWALK_CORPUS")
	if corpus == "" {
		t.Log("OVNWALK_CORPUS is not set: without the recorded corpus")
		return
	}
	recordedTraces(t, corpus, check)
}

// Recorded traces have pictures and a page.  One in five is tried, as pages take
// their time.
func TestRecordedTracesInPictures(t *testing.T) {
	var tried atomic.Int64
	check := func(t *testing.T, name string, n *lflow.Network, req sim.Request, tr *trace.Trace) {
		if tried.Add(1)%5 != 1 {
			return
		}
		for _, f := range outputFormats[2:] {
			var b bytes.Buffer
			if err := f.write(&b, &answerInput{trace: tr, network: n, choices: req.Choices, about: func() page.About { return page.About{} }}); err != nil {
				t.Errorf("%s: %s: %v", name, f.name, err)
			}
			word := "subgraph"
			if f.name == "html" {
				word = "</html>"
			}
			if !strings.Contains(b.String(), word) {
				t.Errorf("%s: %s: no %s in %.80q", name, f.name, word, b.String())
			}
		}
	}
	recordedTraces(t, filepath.Join("..", "..", "testdata", "corpus"), check)
	if corpus := os.Getenv("OVNWALK_CORPUS"); corpus != "" {
		recordedTraces(t, corpus, check)
	}
}

// The answers that are not text do not depend on where they go.
func TestFormatsOfTheDemo(t *testing.T) {
	for _, f := range outputFormats {
		run := func() string {
			return textOf(t, "trace", "--db", "demo", "--format", f.name, "--from", "vm1", "--to", "vm2", "--proto", "tcp:443")
		}
		if first := run(); first == "" || first != run() {
			t.Errorf("%s: not the same twice", f.name)
		}
	}
}
