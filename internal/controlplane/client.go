package controlplane

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// wrapper is the program that replaces ovn-nbctl and ovn-sbctl in the PATH of a change.  It
// drops options that select another server or wait for ovn-controller, waits until northd has
// processed the change, and records the command with the sizes of northd's log and of the
// southbound database before and after it.
const wrapper = `#!/bin/sh
dir='%[1]s'
unset OVN_NB_DAEMON OVN_SB_DAEMON
line=
for a; do
    case $a in
    *[!A-Za-z0-9_./:=@%%+,-]*) line="$line '$a'" ;;
    *) line="$line $a" ;;
    esac
done
n=$#
while [ "$n" -gt 0 ]; do
    a=$1
    shift
    n=$((n - 1))
    case $a in
    --db | --unixctl | -u | --wait)
        [ "$n" -eq 0 ] || { shift; n=$((n - 1)); }
        ;;
    --db=* | --unixctl=* | -u?* | --wait=* | --no-wait) ;;
    --detach) exit 0 ;;
    *) set -- "$@" "$a" ;;
    esac
done
before="$(wc -c <"$dir/northd.log") $(wc -c <"$dir/sb.db")"
'%[2]s' --db='%[3]s' %[4]s "$@"
status=$?
printf '%%s %%s %%s %%s\0' "$before" "$(wc -c <"$dir/northd.log") $(wc -c <"$dir/sb.db")" "$status" '%[5]s'"$line" >>"$dir/commands"
exit "$status"
`

// Clients creates a directory with programs named ovn-nbctl and ovn-sbctl that access the
// plane's databases, and returns its path.
func (p *Plane) Clients() (string, error) {
	bin := p.Path("bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(p.Path("commands"), nil, 0o600); err != nil {
		return "", err
	}
	for _, c := range []struct{ name, program, remote, options string }{
		{"ovn-nbctl", p.Nbctl, p.Remote(NB), fmt.Sprintf("--wait=sb --timeout=%d", int(settleLimit.Seconds()))},
		{"ovn-sbctl", p.Sbctl, p.Remote(SB), fmt.Sprintf("--timeout=%d", int(settleLimit.Seconds()))},
	} {
		quoted := func(s string) string { return strings.ReplaceAll(s, "'", `'\''`) }
		text := fmt.Sprintf(wrapper, quoted(p.dir), quoted(c.program), quoted(c.remote), c.options, c.name)
		if err := os.WriteFile(bin+"/"+c.name, []byte(text), 0o700); err != nil {
			return "", err
		}
	}
	return bin, nil
}

// Call is a command that a change ran.
type Call struct {
	Text string

	// Log and SB are the parts of northd's log and of the southbound database's log that
	// were written while it ran.
	Log, SB [2]int64
}

// Calls returns the commands that a change has run so far, in order.
func (p *Plane) Calls() ([]Call, error) {
	data, err := os.ReadFile(p.Path("commands"))
	if err != nil {
		return nil, err
	}
	var all []Call
	for record := range bytes.SplitSeq(data, []byte{0}) {
		f := strings.Fields(string(record))
		if len(f) < 6 {
			continue
		}
		var n [5]int64
		for i := range n {
			if n[i], err = strconv.ParseInt(f[i], 10, 64); err != nil {
				return nil, fmt.Errorf("the record of a command: %w", err)
			}
		}
		text := string(record)
		for range n {
			_, text, _ = strings.Cut(strings.TrimLeft(text, " "), " ")
		}
		all = append(all, Call{Text: text, Log: [2]int64{n[0], n[2]}, SB: [2]int64{n[1], n[3]}})
	}
	return all, nil
}

// Inserted returns the UUIDs of the logical flows that a part of the southbound database's log
// inserts.
func (p *Plane) Inserted(part [2]int64) ([]string, error) {
	j := journal{path: p.Path(SB + ".db"), at: part[0], until: part[1]}
	if part[0] >= part[1] {
		return nil, nil
	}
	all, err := j.next()
	if err != nil {
		return nil, err
	}
	var uuids []string
	for _, t := range all {
		if err := t.flows(func(uuid string) { uuids = append(uuids, uuid) }); err != nil {
			return nil, err
		}
	}
	return uuids, nil
}
