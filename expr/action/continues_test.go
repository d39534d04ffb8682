package action

import "testing"

// TestContinues checks which actions alone end the packet's path, according to ovn-sb(5).
func TestContinues(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"drop;", false},
		{`log(name="a", verdict=drop, severity=info);`, false},
		{"reg0 = 1; sample(probability=65535,collector_set=1,obs_domain=1,obs_point=1); ", false},
		{"ct_commit { ct_mark.blocked = 1; };", false},
		{"next;", true},
		{`log(verdict=allow, severity=info); next;`, true},
		{"output;", true},
		{"ct_commit { ct_mark.blocked = 0; }; next;", true},
		{"clone { output; };", true},
		{"put_arp(inport, arp.spa, arp.sha);", true},
		{"igmp;", true},
	} {
		a, err := Parse(c.text, in("main"))
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if got := Continues(a.List); got != c.want {
			t.Errorf("%s: %t, want %t", c.text, got, c.want)
		}
	}
}
