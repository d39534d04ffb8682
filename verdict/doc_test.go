package verdict

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/verdicts.md")

// TestDoc holds docs/verdicts.md against the tables in the code, from which
// -update writes it.
func TestDoc(t *testing.T) {
	file := filepath.Join("..", "docs", "verdicts.md")
	want := verdictsDoc()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the tables say; run go test ./verdict -run TestDoc -update", file)
	}
}

// verdictsDoc writes the page.
func verdictsDoc() []byte {
	var b bytes.Buffer
	b.WriteString(`# How walks end

<!-- Written by "go test ./verdict -run TestDoc -update" from the tables in verdict/verdict.go and verdict/code.go. -->

` + "`ovnwalk trace --verdict`" + ` prints a line for each copy of the packet. The line begins with what became of the copy:

| word | what became of the copy | what follows |
| --- | --- | --- |
`)
	for _, f := range Outcomes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f, outcomeMeaning[f][0], outcomeMeaning[f][1])
	}
	b.WriteString(`
What conntrack gives back is the same packet going on. Clones, the members of a multicast group and the packets that the
network makes are copies: each has a line of its own, in the order of the walk. A packet that is refused with an answer has
two: ` + "`dropped`, and `replied`" + ` for the answer.

A place is a datapath and a stage, as in ` + "`network2/ls_out_acl_eval`" + `; of a database that does not tell the stages' names it is the
pipeline and the number of the table, as in ` + "`network2/ingress-8`" + `. Where a flow only carries out what another has decided some tables
before, the place is that of the other, and the line tells where it took effect.

The program ends with status 0 whatever the verdict, but with ` + "`--strict`" + ` it ends with status 1 where a disposition is uncertain.

## What answers and other copies are called

| word | what it is |
| --- | --- |
`)
	for m := OriginPacket + 1; int(m) < len(originText); m++ {
		fmt.Fprintf(&b, "| `%s` | %s |\n", m, originMeaning[m])
	}
	b.WriteString(`
## Codes

A code says why a packet was dropped. It is derived from the stage and the priority of the flow that decided, from its
actions and from the packet, never from text. A code that is here stays; new ones may come, out of what is ` + "`other`" + ` today.

| code | what happened | where to look | stages that decide |
| --- | --- | --- | --- |
`)
	for _, c := range Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Code, c.Meaning, c.Remedy, c.DecidedAt)
	}
	return b.Bytes()
}

var outcomeMeaning = map[Outcome][2]string{
	OutcomeDelivered:  {"it left the logical network at a port", "the port, its type unless it is a VIF, and the packet as it left"},
	OutcomeDropped:    {"it went nowhere", "a code, the place that decided, and the flow that is to blame"},
	OutcomeReplied:    {"the network answered, and the answer left at a port", "what the answer is, the port, and the answer"},
	OutcomeController: {"it was handed to the controller for good", "the action that did it, and the place"},
	OutcomeLooped:     {"it came back to where it had been, until its time to live or a limit of the walk ended that", "as for `dropped`"},
	OutcomeUncertain:  {"a step on the way might have gone otherwise: a flow does not parse, an action is not modelled, or a limit ended the walk", "where and why, and what seems to become of the copy"},
}

var originMeaning = map[Origin]string{
	OriginClone: "a copy that goes its own way", OriginMirror: "a copy for a mirror's port",
	OriginARPRequest: "an ARP request for the next hop", OriginNDSolicit: "a neighbor solicitation for the next hop",
	OriginARPReply: "an ARP reply", OriginNDAdvert: "a neighbor advertisement", OriginRouterAdvert: "a router advertisement",
	OriginEchoReply: "an ICMP echo reply", OriginICMPError: "an ICMP error", OriginTCPReset: "a TCP reset", OriginSCTPAbort: "an SCTP abort",
	OriginDHCPReply: "a DHCP reply", OriginDHCPv6Reply: "a DHCPv6 reply", OriginDNSReply: "a DNS reply",
}
