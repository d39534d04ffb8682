package names

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Fit returns how well a name fits one of a zone's own ports, before its database is
// read: how many words of the name the port's names and external_ids have, 0 if they
// lack the last one.  An address fits the port that was given it.
func Fit(ports []lflow.ZonePort, name string) (best int) {
	name, _, _ = strings.Cut(name, "@") // what follows is the network of a port
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == ':' || r == ' ' })
	if len(words) == 0 {
		return 0
	}
	for i := range ports {
		p := &ports[i]
		if p.Type == "remote" {
			continue
		}
		text := strings.Join(append([]string{p.Name}, p.Names...), "\n")
		switch {
		case slices.ContainsFunc(p.Addresses, func(given string) bool { return slices.Contains(strings.Fields(given), name) }):
			return len(words)
		case !strings.Contains(text, words[len(words)-1]) && !strings.HasPrefix(p.UUID.String(), name):
			continue
		}
		fit := 1
		for _, word := range words[:len(words)-1] {
			if strings.Contains(text, word) {
				fit++
			}
		}
		best = max(best, fit)
	}
	return best
}
