package ovs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxDump is how many bytes of a dump are read at most.
const MaxDump = 2 << 30

// ErrTooBig means that a dump or an answer is larger than its limit.
var ErrTooBig = errors.New("too big")

// ErrNoFlows means that a text holds no OpenFlow flow at all.
var ErrNoFlows = errors.New("no OpenFlow flows; a dump is what \"ovs-ofctl dump-flows\" prints")

// DumpError says what is wrong with a dump, and where.
type DumpError struct {
	File string
	Line int // from 1, 0 where it is the whole file
	Err  error
}

// Error returns one line: file, line and what is wrong.
func (e *DumpError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Err)
	}
	return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Err)
}

// Unwrap returns what is wrong.
func (e *DumpError) Unwrap() error { return e.Err }

// Dump is the text that "ovs-ofctl dump-flows" prints, of any version of
// OpenFlow, with or without statistics.
type Dump struct {
	flows map[uint64][]string
}

// OpenDump reads a dump from a file.
func OpenDump(file string) (*Dump, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadDump(file, f)
}

// ReadDump reads a dump; name is for messages.  Errors are of type *DumpError,
// or those of r.
func ReadDump(name string, r io.Reader) (*Dump, error) {
	return readDump(name, r, MaxDump)
}

func readDump(name string, r io.Reader, most int64) (*Dump, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, &DumpError{File: name, Err: fmt.Errorf("more than the limit of %d bytes: %w", most, ErrTooBig)}
	}
	d := &Dump{flows: map[uint64][]string{}}
	line := 0
	for text := range strings.Lines(string(b)) {
		line++
		text = strings.TrimSpace(text)
		if !isFlow(text) {
			if !isHeading(text) {
				return nil, &DumpError{name, line, fmt.Errorf("neither a flow nor a heading: %.60q", text)}
			}
			continue
		}
		cookie, err := cookieOf(text)
		if err != nil {
			return nil, &DumpError{name, line, err}
		}
		d.flows[cookie] = append(d.flows[cookie], text)
	}
	if len(d.flows) == 0 {
		return nil, &DumpError{File: name, Err: ErrNoFlows}
	}
	return d, nil
}

// isFlow reports whether a line is a flow: its actions come last.
func isFlow(text string) bool {
	return strings.HasPrefix(text, "actions=") || strings.Contains(text, " actions=") || strings.Contains(text, ",actions=")
}

// isHeading reports whether a line stands around flows: the reply's kind, as in "NXST_FLOW
// reply (xid=0x4):", and blank ones.
func isHeading(text string) bool { return text == "" || strings.Contains(text, " reply (") }

// cookieOf returns a flow's cookie.  Where statistics are left out, so are
// cookies of 0.
func cookieOf(text string) (uint64, error) {
	for part := range strings.SplitSeq(text, ", ") {
		digits, ok := strings.CutPrefix(part, "cookie=")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 0, 64)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no cookie", digits)
		}
		return n, nil
	}
	return 0, nil
}

// Flows returns the flows with a cookie, in the order of the dump.
func (d *Dump) Flows(cookie uint32) ([]string, error) { return d.flows[uint64(cookie)], nil }
