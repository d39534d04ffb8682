package cli

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	released := &debug.BuildInfo{Main: debug.Module{Version: "v0.3.1"}, Settings: []debug.BuildSetting{
		{Key: "vcs.modified", Value: "false"}, {Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
	}}
	dirty := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.modified", Value: "true"}}}
	for _, test := range []struct {
		name string
		info *debug.BuildInfo
		want []string
	}{
		{"nothing recorded", nil, []string{"ovnwalk (devel)\n", "OVN:      2.11 to 26.03.90\n"}},
		{"released", released, []string{"ovnwalk v0.3.1\n", "commit:   0123abcd 2026-01-02T03:04:05Z\n"}},
		{"changed since", dirty, []string{"ovnwalk (devel)\n", "commit:   0123abcd with changes\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			writeVersion(&b, test.info)
			for _, want := range test.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is not in\n%s", want, b.String())
				}
			}
		})
	}
}

// TestVersionCommands checks the command and the option.
func TestVersionCommands(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		if out := textOf(t, args...); !strings.HasPrefix(out, "ovnwalk ") {
			t.Errorf("%v prints %q", args, out)
		}
	}
}
