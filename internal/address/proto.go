package address

import (
	"fmt"
	"strconv"
	"strings"
)

// protocols are the protocols that have a keyword, with their clauses: the protocol itself, then those
// of the destination and the source port.
var protocols = []struct{ word, clause, dst, src string }{
	{"tcp", "tcp", "tcp.dst == %d", "tcp.src == %d"},
	{"udp", "udp", "udp.dst == %d", "udp.src == %d"},
	{"sctp", "sctp", "sctp.dst == %d", "sctp.src == %d"},
	{"icmp", "icmp", "", ""},
	{"icmp4", "icmp4", "", ""},
	{"icmp6", "icmp6", "", ""},
	{"ip4", "ip4", "", ""},
	{"ip6", "ip6", "", ""},
	{"arp", "arp", "", ""},
}

// Protocols returns the words of the protocols that have one.
func Protocols() []string {
	words := make([]string, len(protocols))
	for i, p := range protocols {
		words[i] = p.word
	}
	return words
}

// ParseProto reads a protocol: tcp, udp or sctp, each alone or with a
// destination port and perhaps a source port after it, as in tcp:443 and
// tcp:443:1024; icmp (of the packet's own family), icmp4, icmp6, ip4, ip6, arp;
// or a number from 0 to 255.  It returns the clause of the match language, ""
// for "".
func ParseProto(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if several(s) {
		return "", &Error{fmt.Sprintf("protocol %s: one packet is sent here, and that is several: give one, such as tcp:443", s)}
	}
	word, ports, hasPorts := strings.Cut(s, ":")
	if n, err := strconv.ParseUint(word, 10, 8); err == nil && !hasPorts {
		return fmt.Sprintf("ip.proto == %d", n), nil
	}
	for _, p := range protocols {
		if p.word != word {
			continue
		}
		if !hasPorts {
			return p.clause, nil
		}
		dst, src, hasSrc := strings.Cut(ports, ":")
		clause, err := portClause(p.dst, dst)
		if err != nil {
			return "", &Error{fmt.Sprintf("protocol %s: %v", s, err)}
		}
		if hasSrc {
			c, err := portClause(p.src, src)
			if err != nil {
				return "", &Error{fmt.Sprintf("protocol %s: %v", s, err)}
			}
			clause += " && " + c
		}
		return clause, nil
	}
	return "", &Error{fmt.Sprintf("protocol %s: not one of %s, a number, or one of the first three with a port, such as tcp:443", s, strings.Join(Protocols(), ", "))}
}

// maxProtos bounds the number of protocols of a list.
const maxProtos = 10_000

// ExpandProtos returns the protocols of a comma-separated list in the syntax of ParseProto. A range of
// destination ports, such as tcp:8000-8999, yields one for each port.
func ExpandProtos(list string) ([]string, error) {
	var out []string
	for word := range strings.SplitSeq(list, ",") {
		name, ports, _ := strings.Cut(strings.TrimSpace(word), ":")
		ports, src, hasSrc := strings.Cut(ports, ":")
		first, last, isRange := strings.Cut(ports, "-")
		if !isRange {
			if _, err := ParseProto(strings.TrimSpace(word)); err != nil {
				return nil, err
			}
			out = append(out, strings.TrimSpace(word))
			continue
		}
		from, err := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err != nil || err2 != nil || from > to {
			return nil, &Error{fmt.Sprintf("protocol %s: %q is no range of ports from 0 to 65535, such as 8000-8999", word, ports)}
		}
		if len(out)+int(to-from) >= maxProtos {
			return nil, &Error{fmt.Sprintf("protocol %s: that is more than the limit of %d packets", list, maxProtos)}
		}
		for port := from; port <= to; port++ {
			one := fmt.Sprintf("%s:%d", name, port)
			if hasSrc {
				one += ":" + src
			}
			if _, err := ParseProto(one); err != nil {
				return nil, err
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// several reports whether a protocol is a list or has a range of ports.
func several(s string) bool {
	_, ports, _ := strings.Cut(s, ":")
	return strings.Contains(s, ",") || strings.Contains(ports, "-")
}

func portClause(format, port string) (string, error) {
	if format == "" {
		return "", fmt.Errorf("it has no ports")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", fmt.Errorf("%q is no port from 0 to 65535", port)
	}
	return fmt.Sprintf(format, n), nil
}
