package connect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestCodes checks that the guide explains each code, and that none is also a code of package verdict.
func TestCodes(t *testing.T) {
	guide := sbtest.Content(t, "../../docs/guide.md")
	codes := connect.Codes()
	for code, meaning := range codes {
		if row := fmt.Sprintf("| `%s` | %s |\n", code, meaning); !strings.Contains(string(guide), row) {
			t.Errorf("docs/guide.md lacks the row %s", row)
		}
	}
	for _, c := range verdict.Codes() {
		if _, ok := codes[c.Code]; ok {
			t.Errorf("%s is a code of package verdict", c.Code)
		}
	}
}
