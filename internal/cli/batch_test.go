package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

const (
	goodFlow = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`
	badFlow  = `inport == "vm1" && nosuch == 1`
)

// TestBatchEqualsTrace compares each line of a batch with a trace of the same arguments.
func TestBatchEqualsTrace(t *testing.T) {
	cases := [][]string{
		{"network1", goodFlow},
		{"--summary", goodFlow},
		{"--minimal", "--no-friendly-names", "network1", goodFlow},
		{"--all", "--ct=new", "--ct", "est,rpl", "network1", goodFlow},
		{"network1", goodFlow},
		{"nosuch", goodFlow},
		{"network1", badFlow},
		{"--ct=nosuch", "network1", goodFlow},
		{"--nosuch", "network1", goodFlow},
		{"--strict", "--summary", "network1", goodFlow},
		{},
		{"a", "b", "c"},
		{"--summary", "--", "network1", goodFlow},
		{"network1", "inport == \"\u00fc\xff\""},
	}
	for len(cases) < 3*perChunk { // so that several goroutines have work
		cases = append(cases, cases...)
	}
	var lines bytes.Buffer
	for _, args := range cases {
		b, err := json.Marshal(map[string]any{"ignored": 1, "args": args})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(b, '\n'))
	}
	for _, before := range [][]string{nil, {"--minimal", "--ct=new"}} {
		stdout, stderr, exit := answered(t, lines.String(), append([]string{"trace", "--db=demo", "--batch=-"}, before...)...)
		if exit != 0 || stderr != "" {
			t.Fatalf("exit %d, %s", exit, stderr)
		}
		answers := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if len(answers) != len(cases) {
			t.Fatalf("%d answers to %d lines", len(answers), len(cases))
		}
		alone := map[string]string{}
		for i, args := range cases {
			key := fmt.Sprintf("%q", args)
			if alone[key] == "" {
				valid := make([]string, len(args)) // as JSON brings it
				for k, a := range args {
					valid[k] = strings.ToValidUTF8(a, "\ufffd")
				}
				out, err, exit := answered(t, "", append(append([]string{"trace", "--db=demo"}, before...), valid...)...)
				alone[key] = fmt.Sprint(out, err, exit)
			}
			var got struct {
				Args           []string
				Stdout, Stderr string
				Exit           int
			}
			if err := json.Unmarshal([]byte(answers[i]), &got); err != nil {
				t.Fatalf("%s: %v", answers[i], err)
			}
			if came := fmt.Sprint(got.Stdout, got.Stderr, got.Exit); came != alone[key] {
				t.Errorf("%v %s:\n%s\nalone\n%s", before, key, came, alone[key])
			}
			if len(got.Args) != len(args) {
				t.Errorf("%s: answered as %q", key, got.Args)
			}
		}
	}
}

func TestBatchLines(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string // a piece of each answer, with blanks between
		exit           int
	}{
		{"nothing", "", "", 0},
		{"blank lines", "\n \n", "", 0},
		{"no JSON", "x\n", `line|1:`, 2},
		{"no args", "{}\n{\"args\":null}\n", `line|1:|no line|2:|no`, 2},
		{"args of another type", `{"args":[1]}` + "\n", "line|1:", 2},
		{"a good line after a bad one", "x\n" + `{"args":["nosuch","ip"]}`, `line|1: unknown|datapath`, 2},
		{"another database", `{"args":["--db=x","ip"]}`, `another|database`, 0},
		{"another batch", `{"args":["--batch=x"]}`, `unknown|flag:|--batch`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, exit := answered(t, tt.in, "trace", "--db=demo", "--batch=-")
			if exit != tt.exit || stderr != "" {
				t.Errorf("exit %d, %s", exit, stderr)
			}
			answers := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
			for i, piece := range strings.Fields(tt.want) {
				if piece = strings.ReplaceAll(piece, "|", " "); i >= len(answers) || !strings.Contains(answers[i], piece) {
					t.Errorf("answers %q have no %q", answers, piece)
				}
			}
			if tt.want == "" && stdout != "" {
				t.Errorf("answers %q", stdout)
			}
		})
	}
	for _, args := range [][]string{
		{"--batch=-", "network1", "ip"}, {"--batch=-", "--db=-"}, {"--batch=nosuch.jsonl"}, {"--batch=-", "--ct=nosuch"},
	} {
		if stdout, stderr, exit := answered(t, "", append([]string{"trace", "--db=demo"}, args...)...); exit != 2 || stderr == "" || stdout != "" {
			t.Errorf("%q: exit %d, %q, %q", args, exit, stdout, stderr)
		}
	}
}

// TestBatchAnswersEachLine writes a line and waits for its answer before the next.
func TestBatchAnswersEachLine(t *testing.T) {
	fromUs, toThem := io.Pipe()
	fromThem, toUs := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- system(fromUs, toUs, io.Discard).Run(t.Context(), []string{"trace", "--db=demo", "--batch=-"})
	}()
	answers := json.NewDecoder(fromThem)
	for range 3 {
		if _, err := io.WriteString(toThem, `{"args":["nosuch","ip"]}`+"\n"); err != nil {
			t.Fatal(err)
		}
		var got struct{ Exit int }
		if err := answers.Decode(&got); err != nil || got.Exit != 2 {
			t.Fatal(got, err)
		}
	}
	toThem.Close()
	if exit := <-ended; exit != 0 {
		t.Errorf("exit %d", exit)
	}
}

func TestChunkLimit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before int   // lines
		answer int64 // bytes
		want   int
	}{
		{"first lines", 0, 0, perChunk},
		{"some hundred lines", 511, 5000, perChunk},
		{"some thousand lines", 4096, 5000, 512},
		{"many lines", 1 << 20, 200, maxChunk},
		{"long answers", 1 << 20, 8 << 10, 512},
		{"very long answers", 1 << 20, 100 << 20, perChunk},
	} {
		if got := chunkLimit(tt.before, tt.answer); got != tt.want {
			t.Errorf("%s: %d lines, want %d", tt.name, got, tt.want)
		}
	}
}
