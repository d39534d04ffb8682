package lab

import (
	"fmt"
	"testing"
)

func TestParts(t *testing.T) {
	var b Batch
	for _, command := range []string{
		"ls-add sw", "--id=@a create dhcp_options", "lsp-add sw p", "--id=@a1 create load_balancer", "set lsp p dhcp=@a",
		"ls-lb-add sw @a1", "lsp-add sw q", "set lsp q dhcp=@a", "--id=@b create x other=@a1", "add sw y @b",
	} {
		b.Addf("%s", command)
	}
	want := []Batch{
		{{"ls-add", "sw"}},
		{{"lsp-add", "sw", "p"}},
		{{"lsp-add", "sw", "q"}},
		{{"--id=@a", "create", "dhcp_options"}, {"set", "lsp", "p", "dhcp=@a"}, {"set", "lsp", "q", "dhcp=@a"}},
		{{"--id=@a1", "create", "load_balancer"}, {"ls-lb-add", "sw", "@a1"}, {"--id=@b", "create", "x", "other=@a1"}, {"add", "sw", "y", "@b"}},
	}
	if got := b.parts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
