//go:build unix

package ovs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake puts a script in the place of ovs-ofctl and returns the file in which it
// writes down its arguments.
func fake(t *testing.T, script string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	text := "#!/bin/sh\necho \"$@\" >>" + log + "\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, ofctl), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return log
}

func TestSwitch(t *testing.T) {
	log := fake(t, `case "$*" in
*probe*) ;;
*cookie=0x7/-1*) echo "ovs-ofctl: it went away" >&2; exit 1 ;;
*cookie=0x6/-1*) echo "OFPST_FLOW reply (OF1.5) (xid=0x2):" ;;
*cookie=0x8/-1*) echo "what is this" ;;
*) echo "OFPST_FLOW reply (OF1.5) (xid=0x2):"; echo " cookie=0xc019de6b, table=8, priority=2 actions=drop" ;;
esac`)
	s, err := Connect(t.Context(), "ssl:h:1", Options{PrivateKey: "k", Certificate: "c", CACert: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		flows, err := s.Flows(0xc019de6b)
		if err != nil || len(flows) != 1 || flows[0] != "cookie=0xc019de6b, table=8, priority=2 actions=drop" {
			t.Errorf("%q, %v", flows, err)
		}
	}
	if flows, err := s.Flows(6); err != nil || flows != nil {
		t.Errorf("no flows: %q, %v", flows, err)
	}
	_, err = s.Flows(7)
	if e, ok := errors.AsType[*SwitchError](err); !ok || e.Error() != "it went away" {
		t.Errorf("a failure: %v", err)
	}
	var d *DumpError
	if _, err := s.Flows(8); !errors.As(err, &d) {
		t.Errorf("a bad answer: %v", err)
	}
	const opts = "-O OpenFlow15 --timeout=30 --private-key=k --certificate=c --ca-cert=a -- "
	want := opts + "probe ssl:h:1\n"
	for _, cookie := range []string{"0xc019de6b", "0x6", "0x7", "0x8"} {
		want += opts + "dump-flows ssl:h:1 cookie=" + cookie + "/-1\n"
	}
	if got, err := os.ReadFile(log); err != nil || string(got) != want {
		t.Errorf("asked\n%swant\n%s%v", got, want, err)
	}
}

func TestSwitchSilent(t *testing.T) {
	fake(t, `echo "ovs-ofctl: connecting to unix:/none (No such file or directory)" >&2; exit 1`)
	_, err := Connect(t.Context(), "unix:/none", Options{})
	if e, ok := errors.AsType[*SwitchError](err); !ok || !strings.HasPrefix(e.Text, "connecting to") {
		t.Errorf("%v", err)
	}
	var warned string
	if flows, err := OpenOrWarn(t.Context(), "unix:/none", Options{}, func(text string) { warned = text }); flows != nil || err != nil {
		t.Errorf("%v, %v", flows, err)
	}
	if want := "unix:/none: connection failed (No such file or directory)"; warned != want { // as ovn-trace 23.03.1
		t.Errorf("warning %q, want %q", warned, want)
	}
	fake(t, "exit 3")
	if _, err := Connect(t.Context(), "unix:/none", Options{}); err == nil || err.Error() != "exit status 3" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, "unix:/none", Options{}); err == nil || err.Error() != context.Canceled.Error() {
		t.Errorf("%v", err)
	}
}

func TestSwitchReplyLimit(t *testing.T) {
	fake(t, `case "$*" in *probe*) ;; *) yes " cookie=0x1, actions=drop" ;; esac`)
	s, err := Connect(t.Context(), "unix:/x", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Flows(1); !errors.Is(err, ErrTooBig) {
		t.Errorf("%v, want %v", err, ErrTooBig)
	}
}
