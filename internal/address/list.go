package address

import "strings"

// SplitNames divides a list of names at its commas.  A name that has one is in double
// quotes, or is the whole text: known reports whether that names something.
func SplitNames(text string, known func(name string) bool) (names []string) {
	if strings.Contains(text, ",") && known(text) {
		return []string{text}
	}
	for rest, more := text, true; more; {
		rest = strings.TrimSpace(rest)
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			name, after, closed := strings.Cut(quoted, `"`)
			if after = strings.TrimSpace(after); closed && (after == "" || after[0] == ',') {
				names = append(names, name)
				_, rest, more = strings.Cut(after, ",")
				continue
			}
		}
		var name string
		name, rest, more = strings.Cut(rest, ",")
		names = append(names, strings.TrimSpace(name))
	}
	return names
}
