package address

import (
	"fmt"
	"strconv"
	"strings"
)

// protocols are the protocols that have a word, and the clauses that they stand
// for: the protocol itself, then those of the destination and the source port.
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

// ParseProto reads a protocol: tcp, udp or sctp, each alone or with a
// destination port and perhaps a source port after it, as in tcp:443 and
// tcp:443:1024; icmp (of the packet's own family), icmp4, icmp6, ip4, ip6, arp;
// or a number from 0 to 255.  It returns the clause of the match language, ""
// for "".
func ParseProto(s string) (string, error) {
	if s == "" {
		return "", nil
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
	words := make([]string, len(protocols))
	for i, p := range protocols {
		words[i] = p.word
	}
	return "", &Error{fmt.Sprintf("protocol %s: not one of %s, a number, or one of the first three with a port, such as tcp:443", s, strings.Join(words, ", "))}
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
