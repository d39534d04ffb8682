package sbtest

// Rewrite returns a standalone database of which each record's text was changed.
func Rewrite(log []byte, change func(text string) string) (out []byte) {
	for _, text := range records(log) {
		out = append(out, record([]byte(change(string(text))))...)
	}
	return out
}
