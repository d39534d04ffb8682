package tracetext

import (
	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/trace"
)

// Paint determines the appearance of text on a terminal. The zero value, for files and pipes, adds
// nothing.
type Paint struct {
	// PlainNames shows datapaths and ports by the names that flows use
	// (--no-friendly-names of ovn-trace(8)), instead of their friendly names.
	PlainNames bool

	// Width is the number of cells in a line of the terminal, at which lines are wrapped; 0
	// means no limit.
	Width int

	screen                                                                     bool // whether names with control characters are escaped
	header, rule, title, stage, flow, drop, out, change, near, errors, comment *color.Color
}

// Terminal returns the Paint for a terminal with lines of width cells, 0 for no limit.
func Terminal(width int, colors bool) Paint {
	p := Paint{}
	if colors {
		p = Colors()
	}
	p.screen, p.Width = true, width
	return p
}

// Colors returns the Paint for colored text: deliveries are green, drops and errors red,
// modifications yellow, near misses magenta, and context is faint.
func Colors() Paint {
	c := func(a ...color.Attribute) *color.Color {
		p := color.New(a...)
		p.EnableColor()
		return p
	}
	return Paint{
		screen: true,
		header: c(color.Faint), rule: c(color.Faint), title: c(color.Bold), stage: c(color.FgCyan), flow: c(color.Faint),
		drop: c(color.FgRed, color.Bold), out: c(color.FgGreen, color.Bold), change: c(color.FgYellow),
		near: c(color.FgMagenta), errors: c(color.FgRed), comment: c(color.Faint),
	}
}

// of returns the color of a node's line, or nil. after is the next node, which shows whether an action
// changed the packet or output delivered it.
func (p Paint) of(n, after trace.Node) *color.Color {
	switch n := n.(type) {
	case *trace.Pipeline, *trace.Log, *trace.Fork:
		return p.title
	case *trace.Table:
		if n.Flow == nil {
			return p.drop
		}
		return nil
	case *trace.Drop:
		return p.drop
	case *trace.Change:
		return p.change
	case *trace.Delivered:
		return p.out
	case *trace.Reached:
		if _, ok := after.(*trace.Delivered); ok {
			return p.out
		}
		return p.comment
	case *trace.Omitted:
		return p.drop
	case *trace.Replaced, *trace.Uncertain, *trace.Overlap:
		return p.comment
	case *trace.Remark:
		if n.Class() == trace.ClassError {
			return p.errors
		}
		return p.comment
	case *trace.Action:
		switch after.(type) {
		case *trace.Change:
			return p.change
		case *trace.Drop:
			return p.drop
		}
		if n.Name == "next" {
			return p.comment
		}
	}
	return nil
}
