package dropin

import (
	"errors"
	"fmt"
	"strings"
)

// help shows the options.
func (d *call) help() error {
	var b strings.Builder
	fmt.Fprintf(&b, `%s: ovnwalk as a replacement for ovn-trace(8)
usage: %[1]s [OPTIONS] [DATAPATH] MICROFLOW
       %[1]s [OPTIONS] --detach

`, d.name)
	for _, o := range options {
		if o.usage == "" {
			continue
		}
		name := "--" + o.name
		if o.letter != 0 {
			name = fmt.Sprintf("-%c, %s", o.letter, name)
		}
		switch o.takes {
		case needsArgument:
			name += "=" + o.argument
		case mayHaveArgument:
			name += "[=" + o.argument + "]"
		default:
		}
		if len(name) > 24 {
			fmt.Fprintf(&b, "  %s\n", name)
			name = ""
		}
		fmt.Fprintf(&b, "  %-24s  %s\n", name, strings.ReplaceAll(o.usage, "\n", "\n"+strings.Repeat(" ", 28)))
	}
	b.WriteString("\nOther options of ovn-trace are accepted and ignored.\n")
	_, err := fmt.Fprint(d.host.Stdout, b.String())
	return errors.Join(errHandled, err)
}

// version prints the version of ovnwalk, because the behavior is that of the release that
// wrote the database.
func (d *call) version() error {
	_, err := fmt.Fprintln(d.host.Stdout, d.versionLine())
	return errors.Join(errHandled, err)
}

func (d *call) versionLine() string {
	return d.name + " (ovnwalk) " + d.host.Version
}
