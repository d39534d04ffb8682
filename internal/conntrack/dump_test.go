package conntrack

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// v4 and v6 return the value of an address.
func addr(t testing.TB, s string) packet.Value {
	t.Helper()
	if v, ok := packet.ParseIPv4(s); ok {
		return packet.Uint(v)
	}
	v, ok := packet.ParseIPv6(s)
	if !ok {
		t.Fatal(s)
	}
	return v
}

// The lines have the forms of ct_dpif_format_entry() of Open vSwitch, of
// snprintf_default and the like of libnetfilter_conntrack, and of nf_conntrack_standalone.c
// of Linux.
var dumpLines = []struct {
	name, line string
	reply      string // source and destination of the reply tuple, with ports
	zone       uint16
	mark       uint32
	label      packet.Value
	nat        Direction
	state      state
}{
	{
		"dpctl, translated destination",
		"tcp,orig=(src=10.0.0.1,dst=10.96.0.1,sport=4000,dport=80),reply=(src=10.0.0.2,dst=10.0.0.1,sport=8080,dport=4000),zone=3,mark=2,protoinfo=(state=ESTABLISHED)",
		"10.0.0.2:8080 -> 10.0.0.1:4000", 3, 2,
		packet.Value{},
		DestinationNAT,
		state{peers: [2]phase{established, established}, replied: true},
	},
	{
		"dpctl -m -s of user space",
		"tcp,orig=(src=10.0.0.1,dst=10.0.0.2,sport=4000,dport=80,packets=1,bytes=40),reply=(src=10.0.0.2,dst=10.0.0.1,sport=80,dport=4000),start=2026-11-21T18:00:00.123,id=7,zone=9,status=0,timeout=30,labels=0x10000000000000002,protoinfo=(state_orig=ESTABLISHED,state_reply=SYN_SENT,flags_orig=CLOSE_INIT)",
		"10.0.0.2:80 -> 10.0.0.1:4000", 9, 0,
		packet.Value{Hi: 1, Lo: 2},
		NoNAT,
		state{peers: [2]phase{established, synSent}, replied: true},
	},
	{
		"dpctl -m of the kernel, both addresses translated, no reply seen",
		"udp,orig=(src=10.0.0.1,dst=172.20.0.5,sport=4000,dport=53),reply=(src=10.0.0.3,dst=10.0.0.254,sport=53,dport=1024),id=1,zone=1,status=CONFIRMED|SRC_NAT|DST_NAT",
		"10.0.0.3:53 -> 10.0.0.254:1024", 1, 0,
		packet.Value{},
		SourceNAT | DestinationNAT,
		state{},
	},
	{
		"conntrack -L",
		"tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=80 src=10.0.0.2 dst=10.0.0.254 sport=80 dport=4000 [ASSURED] mark=0x10 zone=4 use=1",
		"10.0.0.2:80 -> 10.0.0.254:4000", 4, 16,
		packet.Value{},
		SourceNAT,
		state{peers: [2]phase{established, established}, replied: true},
	},
	{
		"conntrack -L -o extended, no reply seen",
		"ipv6     10 tcp      6 119 SYN_SENT src=fd00::1 dst=fd00::2 sport=4000 dport=80 packets=1 bytes=80 [UNREPLIED] src=fd00::2 dst=fd00::1 sport=80 dport=4000 packets=0 bytes=0 mark=0 zone=4 use=1",
		"[fd00::2]:80 -> [fd00::1]:4000", 4, 0,
		packet.Value{},
		NoNAT,
		state{peers: [2]phase{synSent, closed}},
	},
	{
		"UDP of the kernel",
		"udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=4000 mark=0 use=1",
		"10.0.0.2:53 -> 10.0.0.1:4000", 0, 0,
		packet.Value{},
		NoNAT,
		state{},
	},
	{
		"ICMP",
		"icmp,orig=(src=10.0.0.1,dst=10.0.0.2,id=77,type=8,code=0),reply=(src=10.0.0.2,dst=10.0.0.1,id=77,type=0,code=0),zone=5",
		"10.0.0.2:0 -> 10.0.0.1:0", 5, 0,
		packet.Value{},
		NoNAT,
		state{replied: true},
	},
	{
		"ICMP of the kernel",
		"icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=77 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=77 mark=0 use=1",
		"10.0.0.2:0 -> 10.0.0.1:0", 0, 0,
		packet.Value{},
		NoNAT,
		state{replied: true},
	},
}

// TestReadDump reads one line of each form.
func TestReadDump(t *testing.T) {
	for _, test := range dumpLines {
		t.Run(test.name, func(t *testing.T) {
			all, err := ReadDump(strings.NewReader(test.line + "\nconntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n\n"))
			if err != nil || len(all) != 1 {
				t.Fatalf("%d entries, %v", len(all), err)
			}
			e := all[0]
			reply := e.Reply.Src.text(e.Reply.IPv6) + " -> " + e.Reply.Dst.text(e.Reply.IPv6)
			if reply != test.reply || e.Original.Zone != test.zone || e.Reply.Zone != test.zone || e.Mark != test.mark || e.Label != test.label || e.NAT != test.nat {
				t.Errorf("%+v", *e)
			}
			s := test.state
			if e.Original.Proto != packet.ProtoTCP {
				s.peers = e.state.peers // TCP's alone
			}
			if e.state != s {
				t.Errorf("state %+v, want %+v", e.state, s)
			}
		})
	}
}

// TestRecordedEntries tracks packets of entries in a dump: with a translated destination, and of an
// echo.
func TestRecordedEntries(t *testing.T) {
	all, err := ReadDump(strings.NewReader(dumpLines[0].line + "\n" + dumpLines[6].line))
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable()
	table.Recorded = func(key Tuple) *Entry {
		for _, e := range all {
			if e.Original == key || e.Reply == key {
				return e
			}
		}
		return nil
	}
	reply := send(table, Request{Zone: 3, NAT: &Translation{}}, tcp(0x0a000002, 0x0a000001, 8080, 4000, ackFlag))
	if got := reply.Get(packet.IPv4Src); got != addr(t, "10.96.0.1") || reply.Uint(packet.TPSrc) != 80 {
		t.Errorf("the reply comes from %s:%d", packet.IPv4Src.Format(got), reply.Uint(packet.TPSrc))
	}
	if state := reply.Uint(packet.CTState); state&(packet.CTEstablished|packet.CTReply) != packet.CTEstablished|packet.CTReply || reply.Uint(packet.CTMark) != 2 {
		t.Errorf("state %s, mark %d", packet.FormatCTState(state), reply.Uint(packet.CTMark))
	}
	pong := send(table, Request{Zone: 5}, icmp(0x0a000002, 0x0a000001, 0))
	if state := pong.Uint(packet.CTState); state != packet.CTTracked|packet.CTEstablished|packet.CTReply {
		t.Errorf("echo reply: %s", packet.FormatCTState(state))
	}
	other := send(table, Request{Zone: 4}, tcp(0x0a000002, 0x0a000001, 8080, 4000, synFlag|ackFlag))
	if state := other.Uint(packet.CTState); state != packet.CTTracked|packet.CTInvalid {
		t.Errorf("another zone: %s", packet.FormatCTState(state))
	}
}

// TestReadDumpErrors names the line and what is wrong with it.
func TestReadDumpErrors(t *testing.T) {
	good := dumpLines[0].line
	for _, test := range []struct{ name, text, want string }{
		{"no dump", "hello\n", `line 1: not a conntrack entry: "hello"`},
		{"an error of a tool", good + "\novs-appctl: cannot connect\n", `line 2: not a conntrack entry: "ovs-appctl: cannot connect"`},
		{"bad address", strings.Replace(good, "10.0.0.1,", "10.0.0.300,", 1), `line 1: orig: "10.0.0.300" is not an IP address: `},
		{"bad port", strings.Replace(good, "sport=4000", "sport=70000", 1), `line 1: orig: "70000" is not a port number: `},
		{"no reply", "tcp,orig=(src=10.0.0.1,dst=10.0.0.2,sport=1,dport=2),zone=1", "line 1: not a conntrack entry: an address is missing: "},
		{"two families", "udp,orig=(src=10.0.0.1,dst=fd00::1,sport=1,dport=2),reply=(src=10.0.0.1,dst=10.0.0.2,sport=1,dport=2)", "line 1: addresses of IPv4 and IPv6: "},
		{"zone", strings.Replace(good, "zone=3", "zone=70000", 1), `line 1: zone: "70000" is not a zone number: `},
		{"open parenthesis", "tcp,orig=(src=10.0.0.1", "line 1: orig: no closing parenthesis: "},
		{"too long", good + "\n" + strings.Repeat("x", MaxDumpLine+1), "line 2 is longer than 65536 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadDump(strings.NewReader(test.text))
			if _, ok := errors.AsType[*DumpError](err); !ok || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// TestDumpIsBounded stops at the entry that is too many.
func TestDumpIsBounded(t *testing.T) {
	good := dumpLines[0].line + "\n"
	if _, err := readDump(strings.NewReader(good+good), 1); err == nil || err.Error() != "more than 1 entries" {
		t.Error(err)
	}
}

// TestReadZones reads the names of zones in both forms.
func TestReadZones(t *testing.T) {
	want := map[uint16]string{1: "lr0_dnat", 2: "sw0-p1"}
	for _, test := range []struct{ name, text, err string }{
		{"ct-zone-list", "lr0_dnat 1\nsw0-p1 2\n", ""},
		{"a bridge", `external_ids        : {ct-zone-lr0_dnat="1", ct-zone-sw0-p1="2", ovn-nb-cfg="3"}`, ""},
		{"a bridge with quotes", `external_ids: {"ct-zone-lr0_dnat"="1", "ct-zone-sw0-p1"="2"}`, ""},
		{"none", "hello\n", "no conntrack zones: "},
		{"too large", "lr0_dnat 70000\n", `line 1: "70000" is not a zone number: `},
		{"two names", "a 1\nb 1\n", "line 2: zone 1 has two names, a and b: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadZones(strings.NewReader(test.text))
			switch {
			case test.err != "":
				if err == nil || !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("%v, want %s", err, test.err)
				}
			case err != nil || !maps.Equal(got, want):
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// FuzzReadDump reads anything: an entry that is read has tuples of one family and zone.
func FuzzReadDump(f *testing.F) {
	for _, test := range dumpLines {
		f.Add(test.line)
	}
	f.Add("ipv4 2 unknown 2 566 src=10.0.0.1 dst=224.0.0.1 [UNREPLIED] src=224.0.0.1 dst=10.0.0.1 use=1")
	f.Add("gre 47 29 srckey=0x1 dstkey=0x2")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadDump(strings.NewReader(text))
		if err != nil && len(all) > 0 {
			t.Error("entries and an error")
		}
		for _, e := range all {
			if e.Original.Zone != e.Reply.Zone || e.Original.IPv6 != e.Reply.IPv6 || e.Original.Proto != e.Reply.Proto {
				t.Errorf("%+v", *e)
			}
		}
		_, _ = ReadZones(strings.NewReader(text))
	})
}
