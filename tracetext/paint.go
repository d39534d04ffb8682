package tracetext

import (
	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/trace"
)

// Paint is how text looks, above all on a terminal.  The zero value is for everything
// else: it leaves every byte as it is.
type Paint struct {
	// PlainNames shows datapaths and ports by the names that flows use
	// (--no-friendly-names of ovn-trace(8)), instead of those that people gave.
	PlainNames bool

	// Width is how many cells a line of the terminal has, beyond which lines
	// are wrapped; 0 for no bound.
	Width int

	screen                                                                     bool // whether names that would steer a terminal are written out
	header, rule, title, stage, flow, drop, out, change, near, errors, comment *color.Color
}

// Terminal returns the paint for a terminal whose lines have so many cells, 0 for
// no bound.
func Terminal(width int, colours bool) Paint {
	p := Paint{}
	if colours {
		p = Colours()
	}
	p.screen, p.Width = true, width
	return p
}

// Colours returns the paint for text in colours: what was delivered is green,
// what was dropped or went wrong red, what was rewritten yellow, what nearly
// matched magenta.  What only serves to find one's way is faint.
func Colours() Paint {
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

// of returns the colour of a node's line, nil for none.  What comes after it
// reports whether an action rewrote the packet, and whether output delivered it.
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
