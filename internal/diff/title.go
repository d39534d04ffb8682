package diff

import (
	"regexp"
	"strings"
)

// translations are the actions that translate addresses, with what people call
// what they do.
var translations = []struct {
	action *regexp.Regexp
	match  *regexp.Regexp // the address that is translated
	name   string
}{
	{regexp.MustCompile(`\bct_dnat(?:_in_czone)?\(([^)]*)\)`), regexp.MustCompile(`\bip[46]\.dst == ([0-9a-fA-F.:/]+)`), "destination NAT"},
	{regexp.MustCompile(`\bct_snat(?:_in_czone)?\(([^)]*)\)`), regexp.MustCompile(`\bip[46]\.src == ([0-9a-fA-F.:/]+)`), "source NAT"},
	{regexp.MustCompile(`\bct_lb(?:_mark)?(?:_local)?\(backends=([^;)]*)`), regexp.MustCompile(`\bip[46]\.dst == ([0-9a-fA-F.:/]+)`), "load balancer"},
}

var outputPort = regexp.MustCompile(`\boutport = ("[^"]*")`)

// title describes a cause by the effects of the deciding flows: which address they translate, and
// where they send the packet. field is the field that differs.
func title(field string, was, now *Where) string {
	for _, t := range translations {
		a, b := argument(t.action, was), argument(t.action, now)
		if a == b {
			continue
		}
		of := ""
		for _, w := range []*Where{was, now} {
			if w != nil && of == "" && argument(t.action, w) != "" {
				if m := t.match.FindStringSubmatch(w.Match); m != nil {
					of = " of " + m[1]
				}
			}
		}
		return t.name + of + ": " + orNone(a) + ", now " + orNone(b)
	}
	if field == "output port" {
		if a, b := argument(outputPort, was), argument(outputPort, now); a != b {
			return "output port: " + orNone(a) + ", now " + orNone(b)
		}
	}
	return field
}

// argument returns what an expression captures in a flow's actions.
func argument(e *regexp.Regexp, w *Where) string {
	if w == nil {
		return ""
	}
	if m := e.FindStringSubmatch(w.Actions); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
