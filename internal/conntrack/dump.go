package conntrack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Limits of a dump.
const (
	MaxDumpLine    = 64 << 10
	MaxDumpEntries = 2_000_000
)

// DumpError is an error in a line of a dump.  Line is 0 for the whole dump.
type DumpError struct {
	Line   int
	Text   string
	Reason string
}

// Error returns the line number, the reason and the line.
func (e *DumpError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s: %q", e.Line, e.Reason, e.Text)
}

// ReadDump reads the output of "ovs-appctl dpctl/dump-conntrack", with or without -m and -s, or of
// "conntrack -L", with or without -o extended, which is also the format of
// /proc/net/nf_conntrack.  Identifiers of ICMP queries are ignored, because packets have none here.
// An entry of a protocol other than TCP counts as replied if it does not contain whether a reply
// was seen.  The error, if any, is a *DumpError or one of the reader.
func ReadDump(in io.Reader) ([]*Entry, error) { return readDump(in, MaxDumpEntries) }

func readDump(in io.Reader, most int) ([]*Entry, error) {
	var all []*Entry
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, MaxDumpLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if isNote(line) {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, &DumpError{n, shortened(line), err.Error()}
		}
		if len(all) == most {
			return nil, &DumpError{Reason: fmt.Sprintf("more than %d entries", most)}
		}
		if e != nil {
			all = append(all, e)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, &DumpError{Reason: fmt.Sprintf("line %d is longer than %d bytes", n+1, MaxDumpLine)}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return all, nil
}

// isNote reports whether a line is one that conntrack(8) prints besides the entries.
func isNote(line string) bool {
	return line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "conntrack v")
}

func shortened(line string) string {
	const width = 80
	if len(line) > width {
		return line[:width] + "..."
	}
	return line
}

// side is the part of an entry for one direction.
type side struct {
	src, dst     netip.Addr
	sport, dport uint16
	icmpType     uint8
}

// parsed is an entry that is being parsed.
type parsed struct {
	proto     uint8
	sides     [2]side
	seen      [2]map[string]bool // the keys of each side
	zone      uint16
	mark      uint32
	label     packet.Value
	state     [2]string // the TCP state of each side, or twice that of the connection
	unreplied bool
}

// parseEntry parses an entry.  It returns nil for a protocol that is not modelled.
func parseEntry(line string) (*Entry, error) {
	p := &parsed{}
	var err error
	if strings.Contains(line, "orig=(") {
		err = p.datapath(line)
	} else {
		err = p.netfilter(line)
	}
	if err != nil {
		return nil, err
	}
	return p.entry()
}

// datapath parses an entry of dpctl/dump-conntrack.
func (p *parsed) datapath(line string) error {
	name, rest, _ := strings.Cut(line, ",")
	if err := p.protocol(name); err != nil {
		return err
	}
	for rest != "" {
		key, tail, ok := strings.Cut(rest, "=")
		if !ok {
			return errors.New("not a conntrack entry: no value after " + strconv.Quote(shortened(rest)))
		}
		var value string
		if strings.HasPrefix(tail, "(") {
			end := strings.IndexByte(tail, ')')
			if end < 0 {
				return fmt.Errorf("%s: no closing parenthesis", key)
			}
			value, rest = tail[1:end], strings.TrimPrefix(tail[end+1:], ",")
		} else {
			value, rest, _ = strings.Cut(tail, ",")
		}
		if err := p.field(key, value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// field parses a field of an entry of dpctl/dump-conntrack.
func (p *parsed) field(key, value string) error {
	switch key {
	case "orig", "reply":
		n := 0
		if key == "reply" {
			n = 1
		}
		for pair := range strings.SplitSeq(value, ",") {
			k, v, _ := strings.Cut(pair, "=")
			if err := p.set(n, k, v); err != nil {
				return err
			}
		}
	case "zone", "mark", "labels":
		return p.common(key, value)
	case "status":
		p.unreplied = value != "0" && !strings.Contains(value, "SEEN_REPLY") // the userspace datapath prints no status
	case "protoinfo":
		for pair := range strings.SplitSeq(value, ",") {
			switch k, v, _ := strings.Cut(pair, "="); k {
			case "state":
				p.state = [2]string{v, v}
			case "state_orig":
				p.state[0] = v
			case "state_reply":
				p.state[1] = v
			}
		}
	}
	return nil
}

// netfilter parses an entry of conntrack -L or /proc/net/nf_conntrack.
func (p *parsed) netfilter(line string) error {
	words := strings.Fields(line)
	if len(words) > 1 && (words[0] == "ipv4" || words[0] == "ipv6") {
		words = words[2:] // the family and its number
	}
	if len(words) < 3 {
		return errors.New("not a conntrack entry")
	}
	number := words[1]
	if _, err := strconv.ParseUint(number, 10, 8); err != nil {
		return errors.New("not a conntrack entry")
	}
	if err := p.protocol(number); err != nil {
		return err
	}
	n := 0
	for _, word := range words[2:] {
		key, value, ok := strings.Cut(word, "=")
		switch {
		case word == "[UNREPLIED]":
			p.unreplied = true
		case !ok:
			if strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" && strings.ContainsAny(word[:1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
				p.state = [2]string{word, word}
			}
		case key == "zone" || key == "mark" || key == "labels":
			if err := p.common(key, value); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		case key == "src" && p.seen[n]["src"]:
			if n = 1; p.seen[n]["src"] {
				return errors.New("src: given three times")
			}
			fallthrough
		default:
			if err := p.set(n, key, value); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return nil
}

// protocols are the names of protocols in dumps.
var protocols = map[string]uint8{"icmp": packet.ProtoICMP, "icmpv6": packet.ProtoICMPv6, "tcp": packet.ProtoTCP, "udp": packet.ProtoUDP, "sctp": packet.ProtoSCTP, "udplite": 136, "dccp": 33, "igmp": 2}

func (p *parsed) protocol(name string) error {
	if n, ok := protocols[name]; ok {
		p.proto = n
		return nil
	}
	n, err := strconv.ParseUint(name, 10, 8)
	if err != nil {
		return fmt.Errorf("not a conntrack entry: unknown protocol %s", strconv.Quote(shortened(name)))
	}
	p.proto = uint8(n)
	return nil
}

// set sets a value of one direction.  Other keys are ignored.
func (p *parsed) set(n int, key, value string) (err error) {
	s := &p.sides[n]
	port := func() uint16 {
		v, e := strconv.ParseUint(value, 10, 16)
		if e != nil {
			err = fmt.Errorf("%q is not a port number", value)
		}
		return uint16(v)
	}
	address := func() netip.Addr {
		a, e := netip.ParseAddr(value)
		if e != nil || a.Zone() != "" {
			err = fmt.Errorf("%q is not an IP address", value)
		}
		return a
	}
	switch key {
	case "src":
		s.src = address()
	case "dst":
		s.dst = address()
	case "sport":
		s.sport = port()
	case "dport":
		s.dport = port()
	case "type":
		v, e := strconv.ParseUint(value, 10, 8)
		if e != nil {
			return fmt.Errorf("%q is not a type of ICMP", value)
		}
		s.icmpType = uint8(v)
	default:
		return nil
	}
	if p.seen[n] == nil {
		p.seen[n] = map[string]bool{}
	}
	if err == nil && p.seen[n][key] {
		return errors.New("given twice")
	}
	p.seen[n][key] = true
	return err
}

// common sets a value that both directions share.
func (p *parsed) common(key, value string) error {
	switch key {
	case "zone":
		v, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is not a zone number", value)
		}
		p.zone = uint16(v)
	case "mark":
		v, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return fmt.Errorf("%q is not a mark", value)
		}
		p.mark = uint32(v)
	case "labels":
		digits, ok := strings.CutPrefix(value, "0x")
		if !ok {
			return nil // names of bits, defined in a file on the chassis
		}
		high, low := "", digits
		if len(digits) > 16 {
			high, low = digits[:len(digits)-16], digits[len(digits)-16:]
		}
		lo, err := strconv.ParseUint(low, 16, 64)
		hi := uint64(0)
		if high != "" && err == nil {
			hi, err = strconv.ParseUint(high, 16, 64)
		}
		if err != nil {
			return fmt.Errorf("%q is not a label of 128 bits", value)
		}
		p.label = packet.Value{Hi: hi, Lo: lo}
	}
	return nil
}

// entry returns the parsed entry.
func (p *parsed) entry() (*Entry, error) {
	e := &Entry{Mark: p.mark, Label: p.label}
	for n, t := range []*Tuple{&e.Original, &e.Reply} {
		s := &p.sides[n]
		if !s.src.IsValid() && !s.dst.IsValid() && p.proto != packet.ProtoTCP && p.proto != packet.ProtoUDP {
			return nil, nil //nolint:nilnil // a protocol that is not modelled
		}
		if !s.src.IsValid() || !s.dst.IsValid() {
			return nil, errors.New("not a conntrack entry: an address is missing")
		}
		if s.src.Is4() != s.dst.Is4() || s.src.Is4() != p.sides[0].src.Is4() {
			return nil, errors.New("addresses of IPv4 and IPv6")
		}
		*t = Tuple{Zone: p.zone, IPv6: !s.src.Is4(), Proto: p.proto}
		t.Src.Addr, t.Dst.Addr = packet.FromAddr(s.src), packet.FromAddr(s.dst)
		switch p.proto {
		case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP:
			t.Src.Port, t.Dst.Port = s.sport, s.dport
		case packet.ProtoICMP:
			t.Src.Type, t.Dst.Type = s.icmpType, reverseType(s.icmpType)
		case packet.ProtoICMPv6:
			t.Src.Type, t.Dst.Type = s.icmpType, reverseType6(s.icmpType)
		}
	}
	if e.Reply.Dst != e.Original.Src {
		e.NAT |= SourceNAT
	}
	if e.Reply.Src != e.Original.Dst {
		e.NAT |= DestinationNAT
	}
	e.state = state{peers: peersOf(p.state), replied: !p.unreplied}
	return e, nil
}

// phases has the phases of both sides of a TCP connection by the kernel's name of a connection's
// state.
var phases = map[string][2]phase{
	"NONE": {closed, closed}, "CLOSED": {timeWait, timeWait}, "CLOSE": {timeWait, timeWait}, "LISTEN": {closed, closed},
	"SYN_SENT": {synSent, closed}, "SYN_SENT2": {synSent, synSent}, "SYN_RECV": {established, synSent},
	"ESTABLISHED": {established, established}, "FIN_WAIT": {closing, established}, "FIN_WAIT_1": {closing, established},
	"CLOSE_WAIT": {finWait2, established}, "CLOSING": {closing, closing}, "LAST_ACK": {finWait2, closing},
	"FIN_WAIT_2": {finWait2, finWait2}, "TIME_WAIT": {timeWait, timeWait},
}

// ownPhases has the phases of one side by the state names of Open vSwitch's userspace datapath.
var ownPhases = map[string]phase{
	"CLOSED": closed, "SYN_SENT": synSent, "ESTABLISHED": established, "CLOSING": closing, "FIN_WAIT_2": finWait2, "TIME_WAIT": timeWait,
}

// peersOf returns the phases of both sides.  States that differ are those of the userspace datapath.
func peersOf(words [2]string) [2]phase {
	if words[0] != words[1] {
		return [2]phase{ownPhases[words[0]], ownPhases[words[1]]}
	}
	return phases[words[0]]
}

// SameBut reports whether two entries are the same except for their zones.
func (e *Entry) SameBut(o *Entry) bool {
	a, b := *e, *o
	for _, x := range []*Entry{&a, &b} {
		x.Original.Zone, x.Reply.Zone = 0, 0
	}
	return a == b
}
