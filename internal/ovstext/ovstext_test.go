package ovstext

import (
	"fmt"
	"strings"
	"testing"
)

// The tables have the results of ovn-trace 23.03; internal/lab compares them with the installed
// release.

func TestParseAddresses(t *testing.T) {
	const mac = "0a:00:00:00:00:01"
	for _, test := range []struct{ name, in, want, rest string }{
		{"alone", mac, mac, ""},
		{"usual", mac + " 10.0.0.1 fd00::1/64", mac + " 10.0.0.1/32 fd00::1/64", ""},
		{"comma", mac + " 10.0.0.1,10.0.0.2", mac + " 10.0.0.1/32", ",10.0.0.2"},
		{"comma after the Ethernet address", mac + ",10.0.0.1", mac, ",10.0.0.1"},
		{"semicolon", mac + " 10.0.0.1;10.0.0.2", mac + " 10.0.0.1/32", ";10.0.0.2"},
		{"port", mac + " 10.0.0.1:80 10.0.0.2", mac + " 10.0.0.1/32", ":80 10.0.0.2"},
		{"long prefix", mac + " 10.0.0.1/33", mac, " 10.0.0.1/33"},
		{"long prefix before IPv6", mac + " 10.0.0.1/33 fd00::1", mac + " fd00::1/128", ""},
		{"negative prefix", mac + " 10.0.0.1/-1 10.0.0.2", mac, " 10.0.0.1/-1 10.0.0.2"},
		{"prefix modulo 2**32", mac + " 10.0.0.1/4294967320", mac + " 10.0.0.1/24", ""},
		{"mask", mac + " 10.0.0.1/255.255.0.0", mac + " 10.0.0.1/16", ""},
		{"mask with holes", mac + " 10.0.0.1/255.0.255.0", mac, " 10.0.0.1/255.0.255.0"},
		{"mask with holes before IPv6", mac + " 10.0.0.1/255.0.255.0 fd00::1", mac + " fd00::1/128", ""},
		{"octets modulo 256", mac + " 10.0.0.257 266.0.0.01", mac + " 10.0.0.1/32 10.0.0.1/32", ""},
		{"blanks and signs", mac + " 10. 0. +0.\t-255", mac + " 10.0.0.1/32", ""},
		{"blank before a dot", mac + " 10 .0.0.1", mac, " 10 .0.0.1"},
		{"no blank", mac + " 10.0.0.1fd00::1", mac + " 10.0.0.1/32 fd00::1/128", ""},
		{"IPv6 with a long prefix", mac + " fd00::1/129 10.0.0.1", mac, " fd00::1/129 10.0.0.1"},
		{"IPv6 with a mask", mac + " fd00::1/ffff:: 10.0.0.1", mac + " fd00::1/16 10.0.0.1/32", ""},
		{"IPv6 with a mask of holes", mac + " fd00::1/ffff::1", mac, " fd00::1/ffff::1"},
		{"IPv6 with a mask that begins as a length", mac + " fd00::1/12fd::", mac + " fd00::1/12 fd::/128", ""},
		{"IPv6 with no mask", mac + " fd00::1/zz", mac + " fd00::1/128", "/zz"},
		{"zone", mac + " fd00::1%eth0 10.0.0.1", mac + " fd00::1/128", "%eth0 10.0.0.1"},
		{"no IPv6", mac + " fd00::1::2", mac, " fd00::1::2"},
		{"short", "a:0:0:0:0:1 10.0.0.1", mac + " 10.0.0.1/32", ""},
		{"long and signed octets", " 10a:-0:0x0:+0:000:1", mac, ""},
		{"seven octets", mac + ":02 10.0.0.1", mac, ":02 10.0.0.1"},
		{"five octets", "0a:00:00:00:00 10.0.0.1", "", "0a:00:00:00:00 10.0.0.1"},
		{"word", "unknown", "", "unknown"},
		{"nothing", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, rest, ok := ParseAddresses(test.in)
			got := ""
			if ok {
				var b strings.Builder
				for i := range 6 {
					fmt.Fprintf(&b, ":%02x", byte(a.MAC>>(40-8*i)))
				}
				got = b.String()[1:]
				for _, p := range a.IPs {
					got += " " + p.String()
				}
			}
			if got != test.want || rest != test.rest {
				t.Errorf("%q with %q left, want %q with %q", got, rest, test.want, test.rest)
			}
		})
	}
}

func TestParseEthernet(t *testing.T) {
	for in, want := range map[string]uint64{
		"0a:00:00:00:00:01": 0x0a0000000001, " a:0:0:0:0:1": 0x0a0000000001, "0x1a:22:33:44:55:66": 0x1a2233445566, "10a:100:0:0:0:1": 0x0a0000000001,
		"-f6:0:0:0:0:1": 0x0a0000000001, "a:0:0:0:0:1000000000000000001": 0x0a0000000001,
	} {
		if got, ok := ParseEthernet(in); !ok || got != want {
			t.Errorf("%q: %#x, %v, want %#x", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "0a:00:00:00:00:01 ", "0a:00:00:00:00:01:02", "0a:00:00:00:00", "0a-00-00-00-00-01", "0x:0:0:0:0:1", "0a:00:00:00:00:0g"} {
		if got, ok := ParseEthernet(in); ok {
			t.Errorf("%q is taken as %#x", in, got)
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, test := range []struct {
		in, address string
		port        uint16
		err         string
	}{
		{"10.0.0.9:80", "10.0.0.9", 80, ""},
		{"10.0.0.9: 80", "10.0.0.9", 80, ""},
		{"10.0.0.9:+080", "10.0.0.9", 80, ""},
		{"10.0.0.9:[80]", "10.0.0.9", 80, ""},
		{"[10.0.0.9]", "10.0.0.9", 0, ""},
		{"10.0.0.9:", "10.0.0.9", 0, ""},
		{"10.0.0.09", "", 0, `bad IP address "10.0.0.09"`},
		{"10.0.0.265:80", "", 0, `bad IP address "10.0.0.265"`},
		{" 10.0.0.9", "", 0, `bad IP address " 10.0.0.9"`},
		{"10.0.0.9:80 ", "", 0, `bad port number "80 "`},
		{"10.0.0.9:65536", "", 0, `bad port number "65536"`},
		{"10.0.0.9:0x50", "", 0, `bad port number "0x50"`},
		{"[FD00:0::9]: 80", "fd00::9", 80, ""},
		{"fd00::9:80", "fd00::9:80", 0, ""},
		{"[fd00::9%7]:80", "fd00::9%7", 80, ""},
		{"[fd00::9%]:80", "fd00::9", 80, ""},
		{"[fd00::9]:80:90", "", 0, `bad IP address "[fd00::9]:80:90"`},
		{"", "", 0, `bad IP address ""`},
	} {
		got, err := ParseTarget(test.in)
		switch {
		case test.err != "":
			if err == nil || err.Error() != test.err {
				t.Errorf("%q: the error is %v, want %s", test.in, err, test.err)
			}
		case err != nil || got.Address() != test.address || got.Port != test.port:
			t.Errorf("%q: %q, %d, %v", test.in, got.Address(), got.Port, err)
		}
	}
}
