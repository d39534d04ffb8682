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
	out, copied := o.key[:0], 0 // up to where the text is in the key
	o.addresses = o.addresses[:0]
	before := byte(inText)
	for i := 0; i < len(text); {
		c := text[i]
		of := inOutline[c]
		if of == inText || of == inWord || of == inNumber && before != inText {
			before = of
			i++
			continue
		}
		kind, n := byte('4'), 0
		switch {
		case of == inQuotes:
			kind, n = 's', portName(text[:i], text[i:])
		case ethernet(text[i:]):
			kind, n = 'e', len("00:00:00:00:00:00")
		default:
			n = ipv4(text[i:])
		}
		if n == 0 || i+n < len(text) && of == inNumber && isConstant(text[i+n]) {
			if before = of; of == inQuotes {
				before = inText
			}
			i++
			continue
		}
		out = append(append(out, text[copied:i]...), 1, kind)
		if kind != 's' {
			o.addresses = append(o.addresses, [2]int{i, i + n})
		}
		i += n
		copied, before = i, inText
	}
	o.key = append(out, text[copied:]...)
}

// The kinds of bytes of a text.
const (
	inText   = iota
	inNumber // a digit, which may start an address that is not in a word
	inWord
	inQuotes // the first of a name
)

// inOutline has the kind of each byte.
var inOutline = func() (kinds [256]byte) {
	for i := range kinds {
		switch c := byte(i); {
		case c == '"':
			kinds[i] = inQuotes
		case c >= '0' && c <= '9':
			kinds[i] = inNumber
		case c == '_', isConstant(c):
			kinds[i] = inWord
		}
	}
	return kinds
}()

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
