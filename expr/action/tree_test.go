package action

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// TestEvery checks that Every lists each type that is an action, once.
func TestEvery(t *testing.T) {
	listed := map[string]bool{}
	for _, a := range Every() {
		name := strings.TrimPrefix(fmt.Sprintf("%T", a), "*action.")
		if listed[name] {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := goparser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "isAction" {
				continue
			}
			name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			if !listed[name] {
				t.Errorf("Every lacks %s", name)
			}
		}
	}
}

// TestNames checks that each kind of an action that has kinds has its name.
func TestNames(t *testing.T) {
	names := func(n int, name func(int) string) {
		seen := map[string]bool{}
		for i := range n {
			s := name(i)
			if s == "" || seen[s] {
				t.Errorf("kind %d is called %q, which is empty or taken", i, s)
			}
			seen[s] = true
		}
	}
	names(len(resultKinds), func(i int) string { return ResultKind(i).String() })
	names(len(nestedText), func(i int) string { return NestedKind(i).String() })
	names(len(putOptsText), func(i int) string { return PutOptsKind(i).String() })
	names(len(lbKindText), func(i int) string { return LBKind(i).String() })
	names(len(verdictText), func(i int) string { return Verdict(i).String() })
	names(len(severityText), func(i int) string { return Severity(i).String() })
	names(len(pipelineText), func(i int) string { return Pipeline(i).String() })
}

// plainNumbers returns a copy of the actions without the formats in which their
// numbers were written, which the canonical text does not always keep: a zero is
// a lone 0 in hexadecimal too.
func plainNumbers(list []Action) []Action {
	constants := func(cs []expr.Constant) []expr.Constant {
		out := append([]expr.Constant(nil), cs...)
		for i := range out {
			out[i].Number.Format = 0
		}
		return out
	}
	out := make([]Action, len(list))
	for i, a := range list {
		out[i] = a
		switch a := a.(type) {
		case *Load:
			out[i] = &Load{a.Dst, constants([]expr.Constant{a.Value})[0]}
		case *OVNFieldLoad:
			out[i] = &OVNFieldLoad{a.Dst, constants([]expr.Constant{a.Value})[0]}
		case *PutOpts:
			c := *a
			c.Options = append([]OptionValue(nil), a.Options...)
			for j := range c.Options {
				c.Options[j].Value.Values = constants(c.Options[j].Value.Values)
			}
			out[i] = &c
		case *Nested:
			out[i] = &Nested{a.Kind, plainNumbers(a.List)}
		case *CTCommit:
			out[i] = &CTCommit{plainNumbers(a.Nested)}
		}
	}
	return out
}

// readsBack tells whether upstream's canonical text of the actions is one that
// upstream takes, and takes for the same.
func readsBack(list []Action) bool {
	for _, a := range list {
		switch a := a.(type) {
		case *FwdGroup: // fwd_group();
			if len(a.ChildPorts) == 0 {
				return false
			}
		case *SetMeter: // set_meter(-1);
			if int64(a.Rate) < 0 || int64(a.Burst) < 0 {
				return false
			}
		case *OVNFieldLoad: // only the low 16 bits are printed
			if strings.HasSuffix(a.Dst.Symbol.Name, "frag_mtu") && a.Value.Number.Value.Len() > 16 {
				return false
			}
		case *Nested:
			if !readsBack(a.List) {
				return false
			}
		case *CTCommit:
			if !readsBack(a.Nested) {
				return false
			}
		}
	}
	return true
}

// roundTrip checks that what text means is what its canonical form means; a text
// that does not parse passes.
func roundTrip(t *testing.T, text string, env Env) {
	t.Helper()
	a, err := Parse(text, env)
	if err != nil || !readsBack(a.List) {
		return
	}
	again, err := Parse(a.String(), env)
	if err != nil {
		t.Errorf("%v: %s prints as %s, which is refused: %v", env.Dialect.Release(), text, a, err)
		return
	}
	if !reflect.DeepEqual(plainNumbers(a.List), plainNumbers(again.List)) {
		t.Errorf("%v: %s prints as %s, which reads as %s", env.Dialect.Release(), text, a, again)
	}
	if fmt.Sprint(formatted(a.Prereqs)) != fmt.Sprint(formatted(again.Prereqs)) {
		t.Errorf("%v: %s requires %s, its canonical form %s", env.Dialect.Release(), text, formatted(a.Prereqs), formatted(again.Prereqs))
	}
}

func formatted(e expr.Expr) string {
	if e == nil {
		return "nothing"
	}
	return expr.Format(e)
}

// TestRoundTrip checks the texts of the tables, and texts made from them by
// taking tokens out, doubling them and putting in others.
func TestRoundTrip(t *testing.T) {
	var texts []string
	for _, row := range dialect.Actions {
		texts = append(texts, row.Text)
	}
	for _, c := range accepted {
		texts = append(texts, c.text)
	}
	var words []string
	for _, text := range texts {
		words = append(words, strings.Fields(spaced.Replace(text))...)
	}
	releases := everyRelease()
	rnd := rand.New(rand.NewPCG(1, 2))
	mutate := func(text string) string {
		w := strings.Fields(spaced.Replace(text))
		for range 1 + rnd.IntN(2) {
			i := rnd.IntN(len(w))
			switch rnd.IntN(3) {
			case 0:
				w = append(w[:i:i], w[i+1:]...)
			case 1:
				w = append(w[:i+1:i+1], w[i:]...)
			case 2:
				w[i] = words[rnd.IntN(len(words))]
			}
			if len(w) == 0 {
				return ""
			}
		}
		return strings.Join(w, " ")
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		for _, r := range releases {
			roundTrip(t, text, Env{Dialect: dialect.For(r), Table: 3})
		}
		for range 200 {
			roundTrip(t, mutate(text), Env{Dialect: dialect.For(releases[rnd.IntN(len(releases))]), Table: 3})
		}
	}
}

var spaced = strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ", ";", " ; ", "{", " { ", "}", " } ", "=", " = ",
	"[", " [ ", "]", " ] ")

// FuzzParse checks that no text makes the parser panic or print what it does not
// read back.
func FuzzParse(f *testing.F) {
	for _, row := range dialect.Actions {
		f.Add(row.Text, uint8(0), false)
		f.Add(row.Text, uint8(40), true)
	}
	for _, c := range refused {
		f.Add(c.text, uint8(255), false)
	}
	releases := everyRelease()
	f.Fuzz(func(t *testing.T, text string, release uint8, egress bool) {
		env := Env{Dialect: dialect.For(releases[int(release)%len(releases)]), Table: 5}
		if egress {
			env.Pipeline = Egress
		}
		if strings.ContainsAny(text, `"\`) {
			// Names are printed as they are, in quotes, and need not read back.
			if a, err := Parse(text, env); err == nil {
				_ = a.String()
			}
			return
		}
		roundTrip(t, text, env)
	})
}

// northdBugs are refusals of actions that a release's own northd writes, by
// release: the release's ovn-trace refuses them in the same words.
var northdBugs = map[string]string{
	"2.11.0":  "128-bit constant is not compatible with 32-bit field arp.spa.", // an ARP answer for an IPv6 address
	"23.03.0": "Syntax error at `drop' expecting action.",                      // flags.force_snat_for_lb = 1; drop;
}

// TestCorpus parses the actions of every flow of the databases of the corpus.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("OVNWALK_CORPUS")
	if dir == "" {
		t.Skip("OVNWALK_CORPUS names no corpus")
	}
	flows := 0
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".db.gz") {
			return err
		}
		r, err := dialect.Parse(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		env := Env{Dialect: dialect.For(r), Tracing: true}
		return eachFlow(path, func(f flow) {
			flows++
			env.Pipeline, env.Table = Ingress, f.TableID
			if f.Pipeline == "egress" {
				env.Pipeline = Egress
			}
			a, err := Parse(f.Actions, env)
			switch {
			case err != nil && strings.Contains(f.Actions, "^") && strings.Contains(err.Error(), "emplate"):
			case err != nil && err.Error() == northdBugs[r.String()]:
			case err != nil:
				t.Errorf("%s: %s: %v", path, f.Actions, err)
			default:
				roundTrip(t, a.String(), env)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if flows == 0 {
		t.Errorf("no flows under %s", dir)
	}
	t.Logf("%d flows", flows)
}

// flow is what a record of a database says of a row of Logical_Flow.
type flow struct {
	Actions  string `json:"actions"`
	Pipeline string `json:"pipeline"`
	TableID  int    `json:"table_id"`
}

// eachFlow calls f for every row of Logical_Flow that the database file inserts.
func eachFlow(path string, f func(flow)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	in := bufio.NewReader(z)
	for {
		// A record: "OVSDB JSON <length> <checksum>", and that many bytes.
		header, err := in.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		words := strings.Fields(header)
		if len(words) < 4 {
			return fmt.Errorf("%s: no record header: %q (%v)", path, header, err)
		}
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return err
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		var record struct{ Logical_Flow map[string]*flow }
		if err := json.Unmarshal(body, &record); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, row := range record.Logical_Flow {
			if row != nil && row.Pipeline != "" {
				f(*row)
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	const text = "reg7 = 0x7; ip.ttl--; reg8[0..15] = 0; xxreg0 = ip6.dst; eth.src = 0a:00:00:00:00:01; outport = \"lrp\"; flags.loopback = 1; next;"
	env := Env{Table: 10}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text, env); err != nil {
			b.Fatal(err)
		}
	}
}
