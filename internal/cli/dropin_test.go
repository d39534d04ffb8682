package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// dropinLines are command lines of ovn-trace, words with | between them, the
// environment before ";".  $DB is the demo's database, and so are the names in
// the microflows.
var dropinLines = []string{
	// Tracing, and refusals of what is to be traced.
	"--db=$DB|network1|$FLOW", "--db|$DB|$FLOW", "--db=$DB|$FLOW|--summary", "--db=$DB|--min|network1|$FLOW", "--db=$DB|--all|--no-friendly-names|network1|$FLOW",
	"--db=$DB|--detailed|--min|--sum|$FLOW", "--db=$DB|--no-friendly-names|--friendly-names|--minimal|$FLOW",
	"OVN_SB_DB=$DB;--min|$FLOW", "OVN_SB_DB=unix:/nonexistent;--min|--db=$DB|$FLOW", "--db=unix:/nonexistent|--min|--db=$DB|$FLOW",
	"--db=$DB|--min|--ct=new,inv|--ct=new,est,rpl|$FLOW", "--db=$DB|--min|--ct=new|--ct|est,rpl|--lb-dst=1.2.3.4:5|--select-id=1|$FLOW", "--db=$DB|--leader-only|--min|$FLOW", "--db=$DB|--no-leader-only|--min|$FLOW",
	"--db=$DB|--min|nosuch|$FLOW", "--db=$DB|--ovs=unix:/nonexistent|nosuch|$FLOW", "--db=$DB|--ovs=unix:/nonexistent|network1|ip4 &&", "--db=$DB||$FLOW", "--db=$DB|", "--db=$DB|x", "--db=$DB|network1|ip4 &&", "--db=$DB|inport == \"nosuch\"", "--db=$DB|ip4",
	"--db=$DB|network1|inport == {\"vm1\", \"vm2\"}", "--db=$DB|router1|$FLOW|-voff", "--db=$DB|router1|eth.src == 40:44:00:00:00:01",
	"--db=$DB|--|--min|$FLOW", "--db=$DB|--|network1|--min", "--db=$DB|--min|--|network1|$FLOW", "POSIXLY_CORRECT=1;--db=$DB|network1|$FLOW|--min",
	"--db=$DB|--min|--log-file=x.log|$FLOW", "--db=$DB|--min|--unixctl=x|--pidfile=/nonexistent/x|--no-chdir|--monitor|--overwrite-pidfile|--no-self-confinement|$FLOW",
	"--db=$DB|--min|$FLOW|--pidfile",
	"--db=$DB|--min|--syslog-target=127.0.0.1:514|--syslog-method=null|--ssl-protocols=TLSv1.2|$FLOW",

	// Databases that are not there.
	"x", "OVN_RUNDIR=/nonexistent;x", "--db=|x", "--db=unix:/nonexistent|x", "--db=tcp:127.0.0.1:1|x",

	// Options that are wrong, short of a value, or ambiguous.
	"", "a|b|c", "--d", "--db", "--no", "--no-l=3", "--v", "--ver=foo", "--c", "--ca", "--ca-cert", "--s", "--se", "--l", "--p", "--u", "--f", "--m", "--o", "--=x",
	"--all=3", "--dbx", "--help=1", "--leader-only=", "--unixctl", "--user", "-Q", "-p", "-c", "-C", "-a", "--detach|a", "--detach|--|a", "-",
	"--ct", "--ct=foo", "--ct=new,foo", "--ct=|a|b|c", "--ct=New", "--ct=new\test", "--ct=new|--ct=bad", "--ct=new,est|x|y|z", "--ct=new,inv|x|y|z", "--ct=inv,new,rpl|x|y|z", "--ct=trk,,est snat|x|y|z",
	"--lb-dst", "--lb-dst=foo", "--lb-dst=", "--lb-dst=1.2.3.4:x", "--lb-dst=1.2.3.4:99999", "--lb-dst=1.2.3.4:-1", "--lb-dst=1.2.3", "--lb-dst=1.2.3.4:|x|y|z", "--lb-dst=[::1]:80|x|y|z", "--lb-dst=::1|x|y|z", "--lb-dst=::1:80|x|y|z", "--lb-dst=[::1|x|y|z", "--lb-dst=localhost", "--lb-dst=1.2.3.4:5:6", "--lb-dst=[1::2::3]:4", "--lb-dst=%1",
	"--select-id", "--select-id=foo", "--select-id=0", "--select-id=", "--select-id= 3x|x|y|z", "--select-id=-1|x|y|z", "--select-id=+7|x|y|z", "--select-id=65536|x|y|z", "--select-id=99999999999999999999999|x|y|z", "--select-id=-0",
	"-vfoo", "-vdbg,off", "-vsyslog:file:off", "-vovntrace:vlog:off", "-vx:", "-vPATTERN", "-vPATTERN:", "-vPATTERN:foo:%m", "-vFACILITY:", "-vFACILITY:dam", "-vFACILITY:daemon|x|y|z", "--verb=|x|y|z", "-v|x|y|z", "--verbose=ovsdb-idl", "-vOVNTRACE:Console:Off|--ct=new,est|x|y|z",
	"-vconsole:err|--ct=new,est|x|y|z", "-voff|-vovntrace|--ct=new,est|x|y|z", "-vPATTERN:console:<%m> %p %-8c! %05N %A%n|--ct=new,est|x|y|z", "-vPATTERN:ANY:%m %q %T.%t|--ct=new,est|x|y|z",
	"--log-file=/nonexistent/x", "--syslog-method=foo", "--syslog-method=udp:127.0.0.1:5|x|y|z", "--user=no-such-user|x|y|z", "--user=root:no-such-group|x|y|z", "--user=root|x|y|z",
}

const dropinFlow = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`

// dropinAnswer is what a command line came to.
type dropinAnswer struct {
	Line   string `json:"line"`
	Stdout string `json:"stdout,omitempty"`
	Stderr string `json:"stderr,omitempty"`
	Exit   int    `json:"exit"`
}

// dropinCase is a command line ready to run.
type dropinCase struct {
	args []string
	env  map[string]string
}

func dropinCaseOf(line, db string) dropinCase {
	c := dropinCase{env: map[string]string{}}
	line = strings.ReplaceAll(line, "$DB", db)
	env, args, has := strings.Cut(line, ";")
	if !has {
		env, args = "", line
	}
	if name, value, ok := strings.Cut(env, "="); ok {
		c.env[name] = value
	}
	if args != "" {
		for word := range strings.SplitSeq(args, "|") {
			c.args = append(c.args, strings.ReplaceAll(word, "$FLOW", dropinFlow))
		}
	}
	return c
}

// stamp is what differs between two logs of the same.
var stamp = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\|\d{5}\|`)

func (a dropinAnswer) normal() dropinAnswer {
	a.Stderr = stamp.ReplaceAllString(a.Stderr, "TIME|N|")
	return a
}

// goldenDropin has the recorded output of the real tool, of the release named there, for the command
// lines; -update records it.
var goldenDropin = filepath.Join("testdata", "dropin.jsonl")

const goldenRelease = "23.03.1"

// TestDropin takes command lines as the real tool does: same bytes on standard
// output and standard error, same exit status.
func TestDropin(t *testing.T) {
	golden := readDropinGolden(t)
	database := demoFile(t)
	t.Chdir(t.TempDir())
	for _, line := range dropinLines {
		t.Run(line, func(t *testing.T) {
			want, ok := golden[line]
			if !ok {
				t.Fatal("no golden; rerun with -update where OVN is installed")
			}
			c := dropinCaseOf(line, database)
			var stdout, stderr bytes.Buffer
			sys := &System{Getenv: func(name string) string { return c.env[name] }, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}
			exit := runDropin(t.Context(), sys, dropin.Name, c.args)
			got := dropinAnswer{line, stdout.String(), stderr.String(), exit}.normal()
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", show(got), show(want))
			}
		})
	}
}

// demoFile puts the demo's database into a file.
func demoFile(t *testing.T) string {
	t.Helper()
	data := sbtest.Demo(t)
	name := filepath.Join(t.TempDir(), "demo.db")
	sbtest.WriteFile(t, name, data)
	return name
}

func show(a dropinAnswer) string {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func readDropinGolden(t *testing.T) map[string]dropinAnswer {
	t.Helper()
	golden := map[string]dropinAnswer{}
	f, err := os.Open(goldenDropin)
	if err != nil {
		if *update && errors.Is(err, fs.ErrNotExist) {
			return recordDropinGolden(t)
		}
		t.Fatal(err)
	}
	defer f.Close()
	if *update {
		return recordDropinGolden(t)
	}
	for dec := json.NewDecoder(f); ; {
		var a dropinAnswer
		if err := dec.Decode(&a); errors.Is(err, io.EOF) {
			return golden
		} else if err != nil {
			t.Fatal(err)
		}
		golden[a.Line] = a
	}
}

// recordDropinGolden records the output of the real tool.
func recordDropinGolden(t *testing.T) map[string]dropinAnswer {
	t.Helper()
	golden := askReal(t)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, line := range dropinLines {
		if err := enc.Encode(golden[line]); err != nil {
			t.Fatal(err)
		}
	}
	sbtest.WriteFile(t, goldenDropin, b.Bytes())
	return golden
}

// askReal puts the command lines to the installed tool, which must be of the
// release that the goldens are of.
func askReal(t *testing.T) map[string]dropinAnswer {
	t.Helper()
	lab.Require(t)
	if v, err := lab.Version(t.Context()); err != nil || v != goldenRelease {
		t.Skipf("skipped: the goldens are of OVN %s, and %s is installed (%v)", goldenRelease, v, err)
	}
	plane, err := lab.Serve(t.Context(), demoFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Close()
	answers := map[string]dropinAnswer{}
	dir := t.TempDir()
	for _, line := range dropinLines {
		c := dropinCaseOf(line, plane.Remote())
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, dropin.Name, c.args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		for name, value := range c.env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
			t.Fatalf("%s: %v", line, err)
		}
		cancel()
		answers[line] = dropinAnswer{line, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}.normal()
	}
	return answers
}

// TestDropinTemplate has the answers of ovn-trace 25.03.3 to a microflow with a variable
// that has no value. An unknown datapath is reported before it, and the answer has no newline.
func TestDropinTemplate(t *testing.T) {
	db := sbtest.New("25.03.3")
	db.Port(db.Datapath("sw", 1), "p", 1, "")
	database := db.File(t)
	const flow = `inport == "p" && ip4.dst == ^vip`
	for _, test := range []struct{ name, datapath, stdout string }{
		{"known datapath", "sw", `failed to parse flow expression "` + flow + `"`},
		{"unknown datapath", "nosuch", "unknown datapath \"nosuch\"\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			sys := &System{Getenv: noEnvironment, Stdout: &stdout, Stderr: &stderr}
			exit := runDropin(t.Context(), sys, dropin.Name, []string{"--db", database, test.datapath, flow})
			if exit != 0 || stdout.String() != test.stdout || stderr.Len() > 0 {
				t.Errorf("exit status %d, standard output %q, want %q; standard error %q", exit, &stdout, test.stdout, &stderr)
			}
		})
	}
}

// TestDropinAborts refuses what the release's own tool aborts on, with an
// assertion: there is no answer, and so the exit status is not that of one.
func TestDropinAborts(t *testing.T) {
	database := demoFile(t)
	for _, test := range []struct{ name, datapath, flow, stderr string }{
		{"no ingress port", "network1", "ip4", "ovn-trace: microflow does not specify ingress port, without which port security cannot be checked (ovn-trace 23.03.1 aborts here)\n"},
		{"an ingress port of elsewhere", "network2", dropinFlow, "ovn-trace: microflow does not specify ingress port, without which port security cannot be checked (ovn-trace 23.03.1 aborts here)\n"},
		{"an unknown ingress port", "network2", `inport == "nosuch"`, "ovn-trace: microflow does not specify ingress port, without which port security cannot be checked (ovn-trace 23.03.1 aborts here)\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			sys := &System{Getenv: noEnvironment, Stdout: &stdout, Stderr: &stderr}
			exit := runDropin(t.Context(), sys, dropin.Name, []string{"--db", database, "-voff", test.datapath, test.flow})
			if exit != dropin.ExitFailed || stderr.String() != test.stderr {
				t.Errorf("exit status %d, standard error %q, want %q", exit, &stderr, test.stderr)
			}
		})
	}
}

// TestDropinAbortsDuringWalk checks that a walk is shown up to where the release's own tool aborts,
// with a message.
func TestDropinAbortsDuringWalk(t *testing.T) {
	db := sbtest.New("23.03.1")
	d := db.Datapath("sw", 1)
	db.Port(d, "p", 1, "")
	db.Flow(d, "ingress", 0, 1, "1", "next(pipeline=egress,table=0);")
	db.Flow(d, "egress", 0, 1, "1", "reg0[0] = check_out_port_sec(); next;")
	name := db.File(t)
	var stdout, stderr bytes.Buffer
	sys := &System{Getenv: noEnvironment, Stdout: &stdout, Stderr: &stderr}
	exit := runDropin(t.Context(), sys, dropin.Name, []string{"--db", name, "--min", "sw", `inport == "p"`})
	if want := "ovn-trace: security of port 0 cannot be checked, as the datapath has no such port (ovn-trace 23.03.1 aborts here)\n"; exit != dropin.ExitFailed || stderr.String() != want {
		t.Errorf("exit status %d, standard error %q, want %q", exit, &stderr, want)
	}
	if want := "*** port security of port 0, which does not exist;\n"; !strings.HasSuffix(stdout.String(), want) {
		t.Errorf("standard output %q, want %q at its end", &stdout, want)
	}
}

// TestDropinAbortsOnFields checks where the release's own tool aborts because a flow compares, reads
// or writes a field that no packet has.  Which of these abort ovn-trace 23.03.1 was found by running
// it.
func TestDropinAbortsOnFields(t *testing.T) {
	for _, test := range []struct{ match, actions, met string }{
		{"icmp4.frag_mtu == 1500", "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{"icmp4.frag_mtu == 1500 && ip6", "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{"icmp6.frag_mtu == {1500, 1400}", "next;", "icmp6.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{"!(icmp4.frag_mtu != 1500)", "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{"icmp4.frag_mtu == 1500 || ip4", "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{`inport == {"p", "q"} && icmp4.frag_mtu == 1`, "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{"ip4 && (icmp6.frag_mtu == 15 || 0)", "next;", "icmp6.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{`icmp4.frag_mtu == 1 && inport == "nosuch"`, "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{`icmp4.frag_mtu == 1 && !is_chassis_resident("x")`, "next;", "icmp4.frag_mtu in the match of flow 00000004-0000-4000-8000-000000000000"},
		{`icmp4.frag_mtu == 1 && is_chassis_resident("x")`, "next;", ""},
		{"icmp4.frag_mtu == 1500 && 0", "next;", ""},
		{"icmp4.frag_mtu == 1500 || 1", "next;", ""},
		{"icmp4.frag_mtu == 1 && ip4.src == {}", "next;", ""},
		{"icmp4.frag_mtu == 1 && vlan.tci[0..3] < 0", "next;", ""},
		{"ip6 && icmp4.frag_mtu == 1500", "next;", ""},
		{"ip4 || icmp4.frag_mtu == 1500", "next;", ""},
		{"1", "reg0[0..15] = icmp4.frag_mtu; next;", "access to icmp4.frag_mtu"},
		{"1", "icmp4.frag_mtu = reg0[0..15]; next;", "access to icmp4.frag_mtu"},
		{"1", "icmp6.frag_mtu = icmp6.frag_mtu; next;", "access to icmp6.frag_mtu"},
		{"1", "icmp4.frag_mtu <-> reg0[0..15]; next;", "access to icmp4.frag_mtu"},
		{"1", "reg0[0..15] <-> icmp4.frag_mtu; next;", "access to icmp4.frag_mtu"},
		{"1", "push(icmp4.frag_mtu); next;", "access to icmp4.frag_mtu"},
		{"1", "push(reg0[0..15]); pop(icmp4.frag_mtu); next;", "access to icmp4.frag_mtu"},
		{"1", "pop(icmp4.frag_mtu); next;", ""},
		{"1", "icmp4.frag_mtu = select(1, 2);", "access to icmp4.frag_mtu"},
		{"1", "icmp6.frag_mtu = get_fdb(eth.src); next;", "access to icmp6.frag_mtu"},
		{"1", "get_arp(inport, icmp6.frag_mtu); next;", "access to icmp6.frag_mtu"},
		{"1", "reg0[0] = lookup_arp(inport, icmp6.frag_mtu, eth.src); next;", "access to icmp6.frag_mtu"},
		{"1", "put_arp(inport, icmp6.frag_mtu, eth.src); next;", ""},
		{"1", "icmp4 { icmp4.frag_mtu = 1200; next; };", ""},
		{"1", "icmp4_error { reg0[0..15] = icmp4.frag_mtu; next; };", "access to icmp4.frag_mtu"},
	} {
		t.Run(test.match+"|"+test.actions, func(t *testing.T) {
			db := sbtest.New("23.03.1")
			d := db.Datapath("sw", 1)
			db.Port(d, "p", 1, "")
			db.Flow(d, "ingress", 0, 2, test.match, test.actions)
			db.Flow(d, "ingress", 0, 1, "1", "next;")
			name := db.File(t)
			var stdout, stderr bytes.Buffer
			sys := &System{Getenv: noEnvironment, Stdout: &stdout, Stderr: &stderr}
			exit := runDropin(t.Context(), sys, dropin.Name, []string{"--db", name, "sw", `inport == "p" && ip4`})
			wantExit, want := 0, ""
			if test.met != "" {
				wantExit, want = dropin.ExitFailed, "ovn-trace: the packet meets "+test.met+" (ovn-trace 23.03.1 aborts here)\n"
			}
			if exit != wantExit || stderr.String() != want {
				t.Errorf("exit status %d, standard error %q, want %d and %q", exit, &stderr, wantExit, want)
			}
		})
	}
}

// TestDropinGolden compares the goldens with the installed tool.
func TestDropinGolden(t *testing.T) {
	golden := readDropinGolden(t)
	for line, want := range askReal(t) {
		if got := golden[line]; got != want {
			t.Errorf("%s: the golden is\n%s\nbut the tool says\n%s", line, show(got), show(want))
		}
	}
}
