package client

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestVerifyHost connects to servers whose certificates name this host, another,
// or none.
func TestVerifyHost(t *testing.T) {
	for _, tt := range []struct {
		name   string
		hosts  []string
		verify bool
		host   string
		err    string // "" for a connection
	}{
		{"no name, not asked for", nil, false, "127.0.0.1", ""},
		{"no name", nil, true, "127.0.0.1", "doesn't contain any IP SANs"},
		{"its address", []string{"127.0.0.1"}, true, "127.0.0.1", ""},
		{"another address", []string{"127.0.0.2"}, true, "127.0.0.1", "not 127.0.0.1"},
		{"its name", []string{"localhost"}, true, "localhost", ""},
		{"another name", []string{"sb.example.org"}, true, "localhost", "not localhost"},
		{"another name, not asked for", []string{"sb.example.org"}, false, "localhost", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, cert, ca := sbtest.PKI(t, t.TempDir(), "x", tt.hosts...)
			pair, err := tls.LoadX509KeyPair(cert, key)
			if err != nil {
				t.Fatal(err)
			}
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						_, _ = conn.Read(make([]byte, 1)) // for the handshake
					}()
				}
			}()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			r, err := parseRemote("ssl:" + tt.host + ":" + port)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := r.dial(t.Context(), &ovsdb.TLS{PrivateKey: key, Certificate: cert, CACert: ca, VerifyHost: tt.verify})
			if err == nil {
				conn.Close()
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
	if _, err := tlsConfig(&ovsdb.TLS{CACert: "none", VerifyHost: true}, "x"); err == nil || !strings.Contains(err.Error(), "without a CA") {
		t.Errorf("without a CA: %v", err)
	}
}
