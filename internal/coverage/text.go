package coverage

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// WriteJSON writes the profile as one JSON document.
func (p *Profile) WriteJSON(w io.Writer) error {
	return report.JSON(w, p)
}

// Percent returns the percentage of the reachable flows of all databases that are covered.
func (p *Profile) Percent() float64 {
	var all Counts
	for _, db := range p.Databases {
		all.Reachable += db.Reachable
		all.Covered += db.Covered
	}
	return all.Percent()
}

// Files returns the names of the databases.
func (p *Profile) Files() string {
	var names []string
	for _, db := range p.Databases {
		names = append(names, db.Name)
	}
	return strings.Join(names, ", ")
}

// WriteText writes a summary of the coverage: by kind, by stage, and the ACLs that no packet
// matched.
func (p *Profile) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, db := range p.Databases {
		fmt.Fprintf(&b, "coverage of %s: %s\n", escape.Text(db.Name), db.sentence())
		for _, k := range db.Kinds {
			fmt.Fprintf(&b, "  %s  %s\n", k.Counts.percent(), kindText(k.Kind)+": "+k.sentence())
			for _, s := range db.Stages {
				if s.Kind == k.Kind {
					fmt.Fprintf(&b, "    %s  %-7s %2d %-26s %s\n", s.Counts.percent(), s.Pipeline, s.Table, escape.Text(s.Stage), s.sentence())
				}
			}
		}
		db.aclText(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func kindText(kind string) string {
	switch kind {
	case "logical-switch":
		return "switches"
	case "logical-router":
		return "routers"
	}
	return "datapaths of unknown kind"
}

// percent returns the percentage in a column of fixed width, or a dash if there is nothing to
// cover.
func (c Counts) percent() string {
	if c.Reachable == 0 {
		return "     -"
	}
	return fmt.Sprintf("%5.1f%%", c.Percent())
}

// sentence returns the counts in words.
func (c Counts) sentence() string {
	s := fmt.Sprintf("%d of %d", c.Covered, c.Reachable)
	var apart []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Shadowed, "shadowed"}, {c.Never, "unmatchable"}, {c.Unparsed, "unparsable"}} {
		if p.n > 0 {
			apart = append(apart, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(apart) > 0 {
		s += " (besides " + strings.Join(apart, ", ") + ")"
	}
	return s
}

// aclText writes the number of ACLs that packets matched, and the others by name.
func (db *Database) aclText(b *strings.Builder) {
	if len(db.ACLs) == 0 {
		return
	}
	var missed []ACL
	met, reachable := 0, 0
	for _, a := range db.ACLs {
		switch {
		case a.Reachable == 0:
		case a.Covered > 0:
			met++
			reachable++
		default:
			reachable++
			missed = append(missed, a)
		}
	}
	fmt.Fprintf(b, "  ACLs: packets met %d of %d\n", met, reachable)
	for _, a := range missed {
		name := a.Hint
		if a.Name != "" {
			name += " " + a.Name
		}
		b.WriteString(string(escape.Sprintf("    not %s, %s: %s\n", name, a.Stage, a.Match)))
	}
}
