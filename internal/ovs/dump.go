package ovs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxDump is the maximum size of a dump in bytes.
const MaxDump = 2 << 30

// ErrTooBig means that a dump or a reply is larger than its limit.
var ErrTooBig = errors.New("too big")

// ErrNoFlows means that a text contains no OpenFlow flow.
var ErrNoFlows = errors.New("no OpenFlow flows; a dump is the output of \"ovs-ofctl dump-flows\"")

// DumpError is an error in a dump.
type DumpError struct {
	File string
	Line int // from 1, 0 for the whole file
	Err  error
}

// Error returns the file, the line and the error.
func (e *DumpError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Err)
	}
	return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Err)
}

// Unwrap returns the error without its position.
func (e *DumpError) Unwrap() error { return e.Err }

// Dump is the output of "ovs-ofctl dump-flows", of any version of OpenFlow, with or without
// statistics.
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

// ReadDump reads a dump; name is for messages.  Errors are of type *DumpError, or those of r.
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

// isFlow reports whether a line is a flow, which has actions at the end.
func isFlow(text string) bool {
	return strings.HasPrefix(text, "actions=") || strings.Contains(text, " actions=") || strings.Contains(text, ",actions=")
}

// isHeading reports whether a line is blank or the heading of a reply, such as "NXST_FLOW reply
// (xid=0x4):".
func isHeading(text string) bool { return text == "" || strings.Contains(text, " reply (") }

// cookieOf returns the cookie of a flow.  Without statistics, a cookie of 0 is not printed.
func cookieOf(text string) (uint64, error) {
	for part := range strings.SplitSeq(text, ", ") {
		digits, ok := strings.CutPrefix(part, "cookie=")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 0, 64)
		if err != nil {
			return 0, fmt.Errorf("%.40q is not a cookie", digits)
		}
		return n, nil
	}
	return 0, nil
}

// Flows returns the flows with a cookie, in the order of the dump.
func (d *Dump) Flows(cookie uint32) ([]string, error) { return d.flows[uint64(cookie)], nil }
