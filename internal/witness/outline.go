package witness

import "strings"

// outline is actions without the most common constants: Ethernet and IPv4 addresses, and
// names of ports that are assigned. Actions with the same outline differ in these only, and
// in addresses within strings, so that either all or none of them set addresses, and they
// have the same form. Outlines need no tokens.
type outline struct {
	key       []byte
	addresses [][2]int // where they begin and end in the text
}

// read makes the outline of a text, with the memory of the last one.
func (o *outline) read(text string) {
	out, inWord := o.key[:0], false
	o.addresses = o.addresses[:0]
	for i := 0; i < len(text); {
		c := text[i]
		kind, n := byte(0), 0
		switch {
		case c == '"':
			kind, n = 's', portName(text[:i], text[i:])
		case inWord || c < '0' || c > '9':
		case ethernet(text[i:]):
			kind, n = 'e', len("00:00:00:00:00:00")
		default:
			kind, n = '4', ipv4(text[i:])
		}
		if n > 0 && (i+n == len(text) || c == '"' || !isConstant(text[i+n])) {
			out = append(out, 1, kind)
			if kind != 's' {
				o.addresses = append(o.addresses, [2]int{i, i + n})
			}
			i += n
			inWord = false
			continue
		}
		out = append(out, c)
		inWord = isConstant(c) || c == '_'
		i++
	}
	o.key = out
}

// isConstant reports whether a byte may be part of a constant or a word.
func isConstant(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == ':' || c == '/'
}

// portName returns the length of the name of a port that is assigned to a port, 0 for other
// text.
func portName(before, text string) int {
	before, ok := strings.CutSuffix(before, "port = ")
	if !ok || !strings.HasSuffix(before, "out") && !strings.HasSuffix(before, "in") {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c < ' ' || c > '~' || c == '\\':
			return 0 // the lexer may reject it
		}
	}
	return 0
}

// ethernet reports whether a text starts with an Ethernet address.
func ethernet(text string) bool {
	const length = len("00:00:00:00:00:00")
	if len(text) < length {
		return false
	}
	for i := range length {
		c := text[i]
		isDigit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if isColon := i%3 == 2; isColon && c != ':' || !isColon && !isDigit {
			return false
		}
	}
	return true
}

// ipv4 returns the length of the IPv4 address with which a text starts, 0 for other text.
func ipv4(text string) (n int) {
	for part := range 4 {
		first, v := n, 0
		for ; n < len(text) && text[n] >= '0' && text[n] <= '9' && n < first+3; n++ {
			v = 10*v + int(text[n]-'0')
		}
		if n == first || v > 255 || text[first] == '0' && n > first+1 {
			return 0
		}
		if part == 3 {
			return n
		}
		if n == len(text) || text[n] != '.' {
			return 0
		}
		n++
	}
	return n
}
