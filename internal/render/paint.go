package render

import (
	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/trace"
)

// Paint colours text.  The zero value leaves it plain.
type Paint struct {
	header, rule, title, stage, drop, out, change, trouble, comment *color.Color
}

// Colours returns the paint for a terminal: what was delivered is green, what
// was dropped or went wrong red, what changed yellow.
func Colours() Paint {
	c := func(a ...color.Attribute) *color.Color {
		p := color.New(a...)
		p.EnableColor()
		return p
	}
	return Paint{
		header: c(color.Faint), rule: c(color.Faint), title: c(color.Bold), stage: c(color.FgCyan),
		drop: c(color.FgRed), out: c(color.FgGreen), change: c(color.FgYellow), trouble: c(color.FgRed, color.Bold), comment: c(color.Faint),
	}
}

// of returns the colour of a node's line, nil for none.
func (p Paint) of(n trace.Node) *color.Color {
	switch n := n.(type) {
	case *trace.Pipeline, *trace.Log:
		return p.title
	case *trace.Fork:
		return p.title
	case *trace.Table:
		if n.Flow == nil {
			return p.drop
		}
		return p.stage
	case *trace.Drop:
		return p.drop
	case *trace.Change:
		return p.change
	case *trace.Delivered, *trace.Reached:
		return p.out
	case *trace.Replaced, *trace.Omitted, *trace.Uncertain, *trace.Overlap:
		return p.comment
	case *trace.Remark:
		if n.Class() == trace.Error {
			return p.trouble
		}
		return p.comment
	case *trace.Action:
		return nil
	}
	return nil
}

// put appends text in a colour.
func (w *writer) put(c *color.Color, text string) {
	if c != nil {
		text = c.Sprint(text)
	}
	w.b = append(w.b, text...)
}
