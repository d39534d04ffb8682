package suite

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

// Update writes the actual texts of failed goldens into their files, and changes nothing else there,
// including comments. It removes the failures that it corrects from the report, and adds the number
// of goldens that changed to the notes of each file.
func (r *Report) Update() error {
	for _, f := range r.Files {
		if err := f.update(); err != nil {
			return err
		}
	}
	return nil
}

func (f *FileReport) update() error {
	wanted := map[*Golden]string{}
	var order []*Golden
	for _, res := range f.Results {
		for _, fail := range res.Failures {
			g := fail.golden
			if g == nil {
				continue
			}
			if before, ok := wanted[g]; ok && before != fail.actual {
				return &yaml.Error{File: f.File, Pos: g.Pos, Msg: fmt.Sprintf("cannot update %s: the cases of the test differ in it, so that they need tests of their own", g.View)}
			}
			if _, ok := wanted[g]; !ok {
				order = append(order, g)
			}
			wanted[g] = fail.actual
		}
	}
	if len(order) == 0 {
		return nil
	}
	source := f.suite.source
	slices.SortFunc(order, func(a, b *Golden) int { return b.Line - a.Line }) // from the end, so that places stay right
	for _, g := range order {
		var err error
		if source, err = rewriteGolden(f.File, source, g, wanted[g]); err != nil {
			return err
		}
	}
	if err := f.verify(source, order, wanted); err != nil {
		return err
	}
	if err := atomicfile.Write(f.File, func(w io.Writer) error {
		_, err := w.Write(source)
		return err
	}); err != nil {
		return err
	}
	f.suite.source = source
	f.Notes = append(f.Notes, "updated "+report.Count(len(order), "golden"))
	for _, res := range f.Results {
		res.Failures = slices.DeleteFunc(res.Failures, func(x Failure) bool { return x.golden != nil })
		if res.Status == Failed && len(res.Failures) == 0 {
			res.Status = Passed
		}
	}
	return nil
}

// verify reads the new text back: it must be the old suite with the new
// goldens.
func (f *FileReport) verify(source []byte, order []*Golden, wanted map[*Golden]string) error {
	again, err := Parse(f.File, source)
	if err == nil {
		before, after := f.suite.goldens(), again.goldens()
		for i, g := range before {
			want, changed := wanted[g]
			if !changed {
				want = g.Text
			}
			if len(after) != len(before) || strings.Trim(after[i].Text, "\n") != strings.Trim(want, "\n") {
				err = fmt.Errorf("%s does not read back as it was written", g.View)
				break
			}
		}
	}
	if err != nil {
		return &yaml.Error{File: f.File, Pos: order[len(order)-1].Pos, Msg: "cannot update the goldens: " + err.Error(), Err: err}
	}
	return nil
}

// goldens returns the goldens of all tests, in a fixed order.
func (s *Suite) goldens() (out []*Golden) {
	for _, t := range s.Tests {
		out = append(out, t.Expect.Goldens...)
		if t.Expect.Reply != nil {
			out = append(out, t.Expect.Reply.Goldens...)
		}
	}
	slices.SortFunc(out, func(a, b *Golden) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return out
}

// rewriteGolden replaces the value of a golden by a block (YAML 1.2 section
// 8.1.2) of new text.
func rewriteGolden(file string, source []byte, g *Golden, text string) ([]byte, error) {
	end := "\n"
	if bytes.Contains(source, []byte("\r\n")) {
		end = "\r\n"
	}
	lines := strings.SplitAfter(string(source), "\n")
	i := g.Line - 1
	var head, tail string
	ok := i < len(lines)
	if ok {
		head, tail, ok = splitValue(lines[i], g)
	}
	if !ok {
		return nil, &yaml.Error{File: file, Pos: g.Pos, Msg: fmt.Sprintf("cannot update %s: only a value on the key's own line, or a block that begins there with |, can be replaced", g.View)}
	}
	indent, next := g.Col+1, i+1 // two columns right of the key
	if strings.HasPrefix(g.block(lines[i]), "|") || strings.HasPrefix(g.block(lines[i]), ">") {
		indent, next = blockEnd(lines, i+1, g.Col-1)
	}
	out := slices.Clone(lines[:i])
	if strings.Trim(text, "\n") == "" {
		out = append(out, head+`""`+tail+end)
		return []byte(strings.Join(append(out, lines[next:]...), "")), nil
	}
	out = append(out, head+"|"+tail+end)
	for line := range strings.Lines(strings.Trim(text, "\n") + "\n") {
		line = strings.TrimRight(line, "\n")
		if line != "" {
			line = strings.Repeat(" ", indent) + line
		}
		out = append(out, line+end)
	}
	out = append(out, lines[next:]...)
	return []byte(strings.Join(out, "")), nil
}

// block returns the text after the golden's key and colon on a line.
func (g *Golden) block(line string) string {
	after := []rune(strings.TrimRight(line, "\r\n"))
	from := g.Col - 1 + len(g.View)
	if c := after[min(len(after)-1, g.Col-1)]; c == '"' || c == '\'' {
		from += 2
	}
	value := string(after[min(len(after), from):])
	return strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(value, " "), ":"), " ")
}

// splitValue splits a line with a golden's key into the text before the value and the comment after
// it. ok is false if the value cannot be separated from them.
func splitValue(line string, g *Golden) (head, tail string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	value := g.block(line)
	head = strings.TrimRight(strings.TrimSuffix(line, value), " ") + " "
	switch {
	case value == "" || value[0] == '#':
		tail = value
	case value[0] == '|' || value[0] == '>':
		tail = strings.TrimLeft(value, "|>+-0123456789 ")
	case value[0] == '"' || value[0] == '\'':
		closing := strings.IndexByte(value[1:], value[0])
		if closing < 0 || strings.Contains(value[:closing+1], `\`) {
			return "", "", false
		}
		tail = strings.TrimLeft(value[closing+2:], " ")
	case strings.ContainsAny(value[:1], "&*{[!?@`%") || g.at.Line != g.Line:
		return "", "", false
	default:
		if j := strings.Index(value, " #"); j >= 0 {
			tail = value[j+1:]
		}
	}
	if tail != "" && tail[0] != '#' {
		return "", "", false
	}
	if tail != "" {
		tail = " " + tail
	}
	return head, tail, true
}

// blockEnd finds how far a block scalar's lines are indented, and the line after
// its last one that is not blank.
func blockEnd(lines []string, from, parent int) (indent, next int) {
	indent, next = 0, from
	for i := from; i < len(lines); i++ {
		text := strings.TrimRight(lines[i], "\r\n")
		depth := len(text) - len(strings.TrimLeft(text, " "))
		if strings.TrimSpace(text) == "" {
			continue
		}
		if indent == 0 {
			indent = depth
		}
		if depth <= parent || depth < indent {
			break
		}
		next = i + 1
	}
	if indent <= parent {
		indent = parent + 2
	}
	return indent, next
}
