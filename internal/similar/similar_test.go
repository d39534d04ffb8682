package similar_test

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/similar"
)

func TestNames(t *testing.T) {
	names := []string{"delivered", "dropped", "web1", "web2", "web10", "Web3", "", "x", strings.Repeat("w", 300)}
	for name, want := range map[string]string{
		"delivred": "delivered", "dorpped": "dropped", "web": "Web3 web1 web2", "web4": "Web3 web1 web2", "zzz": "", "": "x", strings.Repeat("w", 299): "",
	} {
		if got := strings.Join(similar.Names(name, names), " "); strings.TrimSpace(got) != want {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
}
