package lab

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	trace := Case{Stdout: "# ip\noutput(\"a\");\n"}
	refusal := Case{Stdout: "unknown port \"x\"\n"}
	for _, test := range []struct {
		name string
		want Case
		got  Answer
		diff string // a line of the diff, empty where they agree
	}{
		{"same trace", trace, Answer{Stdout: trace.Stdout}, ""},
		{"same trace with a warning", trace, Answer{Stdout: trace.Stdout, Stderr: "a flow does not parse\n"}, ""},
		{"another trace", trace, Answer{Stdout: "# ip\noutput(\"b\");\n"}, `+output("b");`},
		{"a newline short", trace, Answer{Stdout: strings.TrimSuffix(trace.Stdout, "\n")}, "+(no newline at the end)"},
		{"trace that fails", trace, Answer{Stdout: trace.Stdout, Exit: 1}, "+exit status 1"},
		{"trace refused", trace, Answer{Stderr: "unknown port\n", Exit: 2}, "+unknown port"},
		{"trace on standard error", trace, Answer{Stderr: trace.Stdout, Exit: 2}, "+standard error:"},
		{"same refusal on standard output", refusal, Answer{Stdout: refusal.Stdout}, ""},
		{"same refusal on standard error", refusal, Answer{Stderr: refusal.Stdout, Exit: 2}, ""},
		{"refusal printed without a newline", Case{Stdout: "no port"}, Answer{Stderr: "no port\n", Exit: 2}, ""},
		{"same refusal with a caret", refusal, Answer{Stderr: refusal.Stdout + "  inport == x\n            ^\n", Exit: 2}, ""},
		{"refusal with another line", refusal, Answer{Stderr: refusal.Stdout + "and more\n", Exit: 2}, "+and more"},
		{"caret alone", refusal, Answer{Stderr: "  inport == x\n", Exit: 2}, "-unknown port \"x\""},
		{"refusal with status 0", refusal, Answer{Stderr: refusal.Stdout}, "-exit status 2"},
		{"refusal with status 1", refusal, Answer{Stderr: refusal.Stdout, Exit: 1}, "+exit status 1"},
		{"other words", refusal, Answer{Stderr: "unknown port\n", Exit: 2}, "+unknown port"},
		{"refusal on both", refusal, Answer{Stdout: "x\n", Stderr: refusal.Stdout, Exit: 2}, "+x"},
		{"refusal taken for a trace", refusal, Answer{Stdout: "# ip\n"}, "+# ip"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Compare(test.want, test.got)
			switch {
			case test.diff == "" && got != "":
				t.Errorf("they should agree:\n%s", got)
			case test.diff != "" && !strings.Contains(got, "\n"+test.diff+"\n"):
				t.Errorf("the diff lacks %q:\n%s", test.diff, got)
			}
		})
	}
}

func TestSmallerArgsKeepInport(t *testing.T) {
	args := []string{"--all", "--ct=new", "--ct", "est", "sw0", `inport == "a" && ip4 && tcp`}
	got := smallerArgs(args)
	want := [][]string{
		{"--minimal", "--ct=new", "--ct", "est", "sw0", `inport == "a" && ip4 && tcp`},
		{"--summary", "--ct=new", "--ct", "est", "sw0", `inport == "a" && ip4 && tcp`},
		{"--detailed", "--ct=new", "--ct", "est", "sw0", `inport == "a" && ip4 && tcp`},
		{"--all", "--ct", "est", "sw0", `inport == "a" && ip4 && tcp`},
		{"--all", "--ct=new", "sw0", `inport == "a" && ip4 && tcp`},
		{"--all", "--ct=new", "--ct", "est", `inport == "a" && ip4 && tcp`},
		{"--all", "--ct=new", "--ct", "est", "sw0", `inport == "a" && tcp`},
		{"--all", "--ct=new", "--ct", "est", "sw0", `inport == "a" && ip4`},
	}
	if len(got) != len(want) {
		t.Fatalf("%d smaller cases, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if strings.Join(got[i], "\x00") != strings.Join(want[i], "\x00") {
			t.Errorf("case %d is %q, want %q", i, got[i], want[i])
		}
	}
}
