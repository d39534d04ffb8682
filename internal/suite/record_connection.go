package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// recordedConnection returns the result of a connection: its verdict, which packet is lost and why,
// and the translations of the first packet.
func recordedConnection(c *connected) recorded {
	var b strings.Builder
	line := func(key string, words []string) {
		if len(words) > 0 {
			slices.Sort(words)
			fmt.Fprintf(&b, "      %s: %s\n", key, list(slices.Compact(words)))
		}
	}
	line("connection", []string{string(c.answer.Verdict)})
	var lost, codes []string
	for _, o := range c.losses() {
		lost, codes = append(lost, o.Lost), append(codes, string(o.Where.Code))
	}
	line("lost", lost)
	if !slices.Contains(codes, "") {
		line("code", codes)
	}
	head := "      translated:\n"
	for _, f := range natFields {
		values, all := translations(c.answer, f)
		if !all || len(values) == 0 {
			continue
		}
		text := values[0]
		if len(values) > 1 {
			text = "{" + strings.Join(values, ", ") + "}"
		}
		fmt.Fprintf(&b, "%s        %s: %s\n", head, f.Symbol, quote(text))
		head = ""
	}
	return recorded{b.String(), string(c.answer.Verdict)}
}

// translations returns the values that a field of the first packet is translated to,
// sorted.  All is whether it is in each outcome in which the packet arrives.
func translations(a *connect.Answer, f *packet.Field) (values []string, all bool) {
	all = true
	for i := range a.Outcomes {
		p := &a.Outcomes[i].Packets[0]
		if p.Answered < 0 {
			continue
		}
		if got := &p.Arrived[p.Answered].Packet; got.Has(f) && got.Get(f) != p.Sent.Get(f) {
			values = append(values, f.Format(got.Get(f)))
		} else {
			all = false
		}
	}
	slices.Sort(values)
	return slices.Compact(values), all
}
