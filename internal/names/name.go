package names

import (
	"slices"
	"strings"
)

// Name is the name of an object as written by a user.
type Name struct {
	Text string // all of it

	Kind    Kind // "" without a prefix
	Name    string
	Network string // after "@", "" for none
	Port    string // of a service, "" for none
}

// Parse takes a name apart: [KIND:]NAME[@NETWORK][:PORT].
func Parse(text string) Name {
	n := Name{Text: text, Name: text}
	if prefix, rest, ok := strings.Cut(text, ":"); ok && rest != "" && slices.Contains(Prefixes(), Kind(prefix)) {
		n.Kind, n.Name = Kind(prefix), rest
	}
	if i := strings.LastIndexByte(n.Name, '@'); i > 0 && i < len(n.Name)-1 && (n.Kind == "" || n.Kind.IsEnd()) {
		n.Name, n.Network = n.Name[:i], n.Name[i+1:]
	}
	if n.Kind == Service || n.Kind == "" && strings.Contains(n.Name, "/") {
		if i := strings.LastIndexByte(n.Name, ':'); i > 0 && i < len(n.Name)-1 {
			n.Name, n.Port = n.Name[:i], n.Name[i+1:]
		}
	}
	return n
}
