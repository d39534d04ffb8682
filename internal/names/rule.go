package names

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// class is what rows of one or several tables of the two databases are.
type class string

// The classes.
const (
	portRow     class = "port"
	switchRow   class = "switch"
	routerRow   class = "router"
	balancerRow class = "load balancer"
	groupRow    class = "port group"
	setRow      class = "address set"
	aclRow      class = "ACL"
	natRow      class = "NAT"
	policyRow   class = "routing policy"
	qosRow      class = "QoS rule"
	staticRow   class = "static route"
)

// classes are the tables of each class, with the column of the name.
var classes = map[string]struct {
	class class
	name  string
}{
	"Port_Binding":                {portRow, "logical_port"},
	"Logical_Switch_Port":         {portRow, "name"},
	"Logical_Router_Port":         {portRow, "name"},
	"Datapath_Binding":            {"", "external_ids"}, // as the row says
	"Logical_Switch":              {switchRow, "name"},
	"Logical_Router":              {routerRow, "name"},
	"Load_Balancer":               {balancerRow, "name"},
	"Port_Group":                  {groupRow, "name"},
	"Address_Set":                 {setRow, "name"},
	"ACL":                         {aclRow, "name"},
	"NAT":                         {natRow, ""},
	"Logical_Router_Policy":       {policyRow, ""},
	"QoS":                         {qosRow, ""},
	"Logical_Router_Static_Route": {staticRow, ""},
}

// A System is what one system writes into OVN's databases.
type System struct {
	Name string

	// Present are rules that match rows which only this system writes.
	Present []Rule

	Rules []Rule

	// Derived are rules for rows of the southbound database whose external_ids are only in
	// the northbound one: their names are derived from a namespace.
	Derived []Derived

	// PolicyGroup is the template of the name of a network policy's port group, or of the
	// identifier from which PolicyHash makes it.
	PolicyGroup string
	PolicyHash  bool
}

// A Rule maps rows to objects. Texts in braces are templates: a capture of one of the patterns, a key of
// external_ids or, after a dot, a column. Alternatives are separated by commas, and a filter may follow,
// as in {direction|lower}.
type Rule struct {
	Class class
	Name  string            // pattern of the row's name, "" for any
	IDs   map[string]string // patterns of external_ids

	Kind     Kind
	As       string   // template of the object's name
	Title    string   // template of its title
	Also     []string // templates of other names
	Networks []string // templates of the names of the port's network
	Role     Role
	Detail   string // template

	// Direction is the direction of the traffic if it differs from the ACL's, else "".
	Direction string

	compiled sync.Once
	name     *regexp.Regexp
	ids      []idPattern
}

type idPattern struct {
	key     string
	pattern *regexp.Regexp
}

// A Derived rule names a row by the hash of an identifier or by the end of its
// name, {namespace} being one of those that ports are in.
type Derived struct {
	Class class

	Hash   string // the row's name is the hash of this
	Suffix string // the row's name ends so; what comes before is {rest}

	Kind  Kind
	As    string
	Title string
	Role  Role
}

// subject is a row that rules look at.
type subject struct {
	row   ovsdb.Row
	class class
	name  string
	ids   map[string]string
}

// subjectOf reads a row; ok is false for a row of a table of no class.
func subjectOf(r ovsdb.Row) (s subject, ok bool) {
	t := r.Table()
	c, ok := classes[t.Name()]
	if !ok {
		return s, false
	}
	s = subject{row: r, class: c.class}
	if col, ok := t.Col("external_ids"); ok {
		for k, v := range r.Map(col) {
			if s.ids == nil {
				s.ids = map[string]string{}
			}
			s.ids[k] = v
		}
	}
	switch {
	case t.Name() == "Datapath_Binding":
		s.name, s.class = s.ids["name"], switchRow
		typ := r.Text("type")
		if _, router := s.ids["logical-router"]; router || typ == "logical-router" {
			s.class = routerRow
		}
	case c.name != "":
		s.name = r.Text(c.name)
	}
	if s.class == groupRow || s.class == setRow {
		s.name = withoutKey(s.name)
	}
	return s, true
}

// RowName returns the name of a row of a class, "" for a row without one.  That of a
// port group is the northbound one.
func RowName(r ovsdb.Row) string {
	s, _ := subjectOf(r)
	return s.name
}

// withoutKey returns the name of a group without the tunnel key that the
// southbound row of a datapath has before it.
func withoutKey(name string) string {
	if key, rest, ok := strings.Cut(name, "_"); ok && rest != "" {
		if _, err := strconv.ParseUint(key, 10, 32); err == nil {
			return rest
		}
	}
	return name
}

// compile makes the patterns, which may panic for a bad table alone.
func (x *Rule) compile() {
	x.compiled.Do(func() {
		if x.Name != "" {
			x.name = regexp.MustCompile(x.Name)
		}
		for k, p := range x.IDs {
			x.ids = append(x.ids, idPattern{k, regexp.MustCompile(p)})
		}
		slices.SortFunc(x.ids, func(a, b idPattern) int { return strings.Compare(a.key, b.key) })
	})
}

// captures returns the captures of the patterns; ok is false if one does not match.
func (x *Rule) captures(s *subject) (vars map[string]string, ok bool) {
	if x.Class != s.class {
		return nil, false
	}
	x.compile()
	vars = map[string]string{}
	match := func(p *regexp.Regexp, text string) bool {
		m := p.FindStringSubmatch(text)
		for i, name := range p.SubexpNames() {
			if m != nil && name != "" && m[i] != "" {
				vars[name] = m[i]
			}
		}
		return m != nil
	}
	for _, p := range x.ids {
		value, has := s.ids[p.key]
		if !has || !match(p.pattern, value) {
			return nil, false
		}
	}
	if x.name != nil && !match(x.name, s.name) {
		return nil, false
	}
	return vars, true
}

// object returns the object of a row.
func (x *Rule) object(system string, s *subject) (o Object, ok bool) {
	vars, ok := x.captures(s)
	if !ok {
		return o, false
	}
	get := func(key string) string {
		if v := vars[key]; v != "" {
			return v
		}
		if column, ok := strings.CutPrefix(key, "."); ok {
			return s.row.Text(column)
		}
		if key == "row" {
			return s.name
		}
		return s.ids[key]
	}
	o = Object{System: system, Kind: x.Kind, Role: x.Role}
	if o.Name, ok = expand(x.As, get); !ok {
		return o, false
	}
	if o.Title, ok = expand(x.Title, get); !ok {
		o.Title = x.Kind.Word() + " " + o.Name
	}
	for _, t := range x.Also {
		if name, ok := expand(t, get); ok && name != o.Name && !slices.Contains(o.Also, name) {
			o.Also = append(o.Also, name)
		}
	}
	for _, t := range x.Networks {
		if name, ok := expand(t, get); ok && !slices.Contains(o.Networks, name) {
			o.Networks = append(o.Networks, name)
		}
	}
	o.Detail, _ = expand(x.Detail, get)
	o.Direction = x.Direction
	return o, true
}

// expand replaces the values in a template; ok is false for an empty template, or if a value is missing.
func expand(template string, get func(string) string) (out string, ok bool) {
	if template == "" {
		return "", false
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		key, after, _ := strings.Cut(rest, "}")
		key, filter, _ := strings.Cut(key, "|")
		value := ""
		for k := range strings.SplitSeq(key, ",") {
			if value = get(k); value != "" {
				break
			}
		}
		if value == "" {
			return "", false
		}
		b.WriteString(filters[filter](value))
		template = after
	}
}

// filters are what templates may do with a value.
var filters = map[string]func(string) string{
	"":       func(s string) string { return s },
	"lower":  strings.ToLower,
	"dashes": func(s string) string { return strings.ReplaceAll(s, "_", "-") },
	"dots":   func(s string) string { return strings.NewReplacer("-", ".", "/", ".").Replace(s) },
	"short": func(s string) string {
		if isUUID(strings.ReplaceAll(s, "_", "-")) {
			return s[:8]
		}
		return s
	},
}
