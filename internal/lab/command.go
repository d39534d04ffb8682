package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
)

// maxWords is the maximum length of one ovn-nbctl call, well below the kernel's limit for
// command lines.
const maxWords = 60_000

// A Batch is a list of ovn-nbctl(8) or ovn-sbctl(8) commands, which run as one
// transaction. Within it "@name" refers to a row that an earlier command made
// with --id=@name.
type Batch [][]string

// Add appends one command, its options first.
func (b *Batch) Add(words ...string) { *b = append(*b, words) }

// Addf appends one command written with single spaces between its words. It
// is for commands in which no word holds a space.
func (b *Batch) Addf(format string, args ...any) {
	b.Add(strings.Fields(fmt.Sprintf(format, args...))...)
}

// words returns the commands joined with "--", as on one command line.
func (b Batch) words() []string {
	var all []string
	for _, command := range b {
		all = append(append(all, "--"), command...)
	}
	return all
}

// Quote returns s as a quoted string for a column's value. Without quotes, set, add and
// create split it at commas, spaces, colons and equal signs.
func Quote(s string) string { return strconv.Quote(s) }

// Northbound runs the commands on the northbound database and, if there are any, waits
// until northd has updated the southbound one.
func (p *ControlPlane) Northbound(ctx context.Context, b Batch) error {
	words := b.words()
	if len(words) > maxWords {
		return fmt.Errorf("a batch of %d words is over %d", len(words), maxWords)
	}
	args := append([]string{"--db=" + p.Plane.Remote(controlplane.NB), "--wait=sb", "--timeout=120"}, words...)
	if len(b) == 0 {
		args = append(args, "sync")
	}
	_, err := p.Run(ctx, "ovn-nbctl", args...)
	return err
}

// Southbound runs the commands on the southbound database.
func (p *ControlPlane) Southbound(ctx context.Context, b Batch) error {
	if len(b) == 0 {
		return nil
	}
	_, err := p.Run(ctx, "ovn-sbctl", append([]string{"--db=" + p.Remote(), "--timeout=120"}, b.words()...)...)
	return err
}

// Settle waits until northd has nothing left to do: its own changes can cause it to run
// again.
func (p *ControlPlane) Settle(ctx context.Context) error {
	for range 3 {
		if err := p.Northbound(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// A row is a row of a southbound table: strings for atoms, []string for sets
// and map[string]string for maps.
type row map[string]any

// rows returns the rows of a southbound table. On a lenient plane, a table that the release
// lacks is empty, and so are columns at the end of the list.
func (p *ControlPlane) rows(ctx context.Context, table string, columns ...string) ([]row, error) {
	out, err := p.Run(ctx, "ovn-sbctl", "--db="+p.Remote(), "--format=json",
		"--columns="+strings.Join(columns, ","), "list", table)
	if last := len(columns) - 1; err != nil && p.Lenient {
		switch {
		case strings.Contains(err.Error(), "unknown table"):
			return nil, nil
		case strings.Contains(err.Error(), "does not contain a column") && last > 0:
			return p.rows(ctx, table, columns[:last]...)
		}
	}
	if err != nil || strings.TrimSpace(out) == "" {
		return nil, err
	}
	var listing struct {
		Headings []string
		Data     [][]json.RawMessage
	}
	if err := json.Unmarshal([]byte(out), &listing); err != nil {
		return nil, fmt.Errorf("listing of %s: %w", table, err)
	}
	var all []row
	for _, cells := range listing.Data {
		r := row{}
		for i, cell := range cells {
			v, err := value(cell)
			if err != nil {
				return nil, fmt.Errorf("listing of %s: column %s: %w", table, listing.Headings[i], err)
			}
			r[listing.Headings[i]] = v
		}
		all = append(all, r)
	}
	return all, nil
}

// text returns the atom of a column, or "" for an empty set.
func (r row) text(column string) string {
	switch v := r[column].(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	}
	return ""
}

// strings returns the elements of a column that is a set, or a single atom.
func (r row) strings(column string) []string {
	switch v := r[column].(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}

// pairs returns a column that is a map.
func (r row) pairs(column string) map[string]string {
	m, _ := r[column].(map[string]string)
	return m
}

// value decodes a value in the notation of RFC 7047: atoms, ["uuid", u], ["set", [...]] and
// ["map", [[k, v], ...]].
func value(raw json.RawMessage) (any, error) {
	var tagged []json.RawMessage
	if json.Unmarshal(raw, &tagged) != nil {
		return atom(raw)
	}
	var tag string
	if len(tagged) != 2 || json.Unmarshal(tagged[0], &tag) != nil {
		return nil, fmt.Errorf("%s is no value", raw)
	}
	switch tag {
	case "uuid":
		return atom(tagged[1])
	case "set":
		var members []json.RawMessage
		if err := json.Unmarshal(tagged[1], &members); err != nil {
			return nil, err
		}
		set := []string{}
		for _, m := range members {
			v, err := value(m)
			if err != nil {
				return nil, err
			}
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("%s is no member of a set", m)
			}
			set = append(set, s)
		}
		return set, nil
	case "map":
		var entries [][2]json.RawMessage
		if err := json.Unmarshal(tagged[1], &entries); err != nil {
			return nil, err
		}
		pairs := map[string]string{}
		for _, e := range entries {
			k, err := value(e[0])
			if err != nil {
				return nil, err
			}
			v, err := value(e[1])
			if err != nil {
				return nil, err
			}
			pairs[fmt.Sprint(k)] = fmt.Sprint(v)
		}
		return pairs, nil
	}
	return nil, fmt.Errorf("%q is no tag of a value", tag)
}

// atom returns a string, number or boolean as text.
func atom(raw json.RawMessage) (any, error) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	return string(raw), nil
}
