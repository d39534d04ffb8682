package verdict

import (
	"bytes"
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

var update = flag.Bool("update", false, "rewrite docs/verdicts.md")

// TestDoc compares docs/verdicts.md with the tables in the code, from which -update writes it.
func TestDoc(t *testing.T) {
	file := filepath.Join("..", "docs", "verdicts.md")
	want := verdictsDoc()
	if *update {
		sbtest.WriteFile(t, file, want)
	}
	got := sbtest.Content(t, file)
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the tables say; run go test ./verdict -run TestDoc -update", file)
	}
}

// verdictsDoc writes the page.
func verdictsDoc() []byte {
	var b bytes.Buffer
	b.WriteString(`# Verdicts

<!-- Written by "go test ./verdict -run TestDoc -update" from the tables in verdict/verdict.go and verdict/code.go. -->

` + "`ovnwalk trace --verdict`" + ` prints one line for each copy of the packet. The line begins with the outcome:

| outcome | meaning | rest of the line |
| --- | --- | --- |
`)
	for _, f := range Outcomes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f, outcomeMeaning[f][0], outcomeMeaning[f][1])
	}
	b.WriteString(`
A packet that conntrack recirculates is still the same packet. Clones, the copies for members of a multicast group and the
packets that the network generates are copies: each has a line of its own, in walk order. A rejected packet has two lines:
` + "`dropped`, and `replied`" + ` for the answer.

A place is a datapath and a stage, as in ` + "`network2/ls_out_acl_eval`" + `. Without stage names in the database, it is
the pipeline and the table number, as in ` + "`network2/ingress-8`" + `. If a flow only executes a decision of an earlier
table, the place is that of the deciding flow, and the line also names the stage where it took effect.

The exit status is 0 for any verdict; with ` + "`--strict`" + ` it is 1 if a verdict is uncertain.

## Replies and other copies

| word | meaning |
| --- | --- |
`)
	for m := OriginPacket + 1; m <= OriginDNSReply; m++ {
		fmt.Fprintf(&b, "| `%s` | %s |\n", m, originMeaning[m])
	}
	b.WriteString(`
## Codes

A code is the reason for a drop. It is derived from the stage, the priority and the actions of the deciding flow and from the
packet. Codes are stable; new ones may be added for what is ` + "`other`" + ` now.

| code | meaning | where to look | deciding stages |
| --- | --- | --- | --- |
`)
	for _, c := range Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Code, c.Meaning, c.Remedy, c.DecidedAt)
	}
	return b.Bytes()
}

var outcomeMeaning = map[Outcome][2]string{
	OutcomeDelivered:  {"the copy was output to a port", "the port, its type unless it is a VIF, and the packet at output"},
	OutcomeDropped:    {"the copy was dropped", "a code, the place where it was decided, and the deciding flow"},
	OutcomeReplied:    {"the network replied to the packet, and the reply was output to a port", "the kind of reply, the port, and the reply"},
	OutcomeController: {"the copy was sent to the controller and does not return", "the action, and the place"},
	OutcomeLooped:     {"the copy is in a forwarding loop, which its TTL or a limit of the walk ended", "as for `dropped`"},
	OutcomeUncertain:  {"a flow on the path does not parse, an action is not modelled, or a limit ended the walk", "the place, the reason, and the likely outcome"},
}

var originMeaning = map[Origin]string{
	OriginClone: "a copy made by clone", OriginMirror: "a copy for a mirror port",
	OriginARPRequest: "an ARP request for the next hop", OriginNDSolicit: "a neighbor solicitation for the next hop",
	OriginARPReply: "an ARP reply", OriginNDAdvert: "a neighbor advertisement", OriginRouterAdvert: "a router advertisement",
	OriginEchoReply: "an ICMP echo reply", OriginICMPError: "an ICMP error", OriginTCPReset: "a TCP reset", OriginSCTPAbort: "an SCTP abort",
	OriginDHCPReply: "a DHCP reply", OriginDHCPv6Reply: "a DHCPv6 reply", OriginDNSReply: "a DNS reply",
}
