package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// remote is a server's address in the syntax of ovsdb(7), "Connection Methods":
// unix:PATH, tcp:HOST[:PORT] or ssl:HOST[:PORT].
type remote struct {
	text    string // as given
	network string // "unix" or "tcp"
	address string
	tls     bool
}

// defaultPort is the port IANA assigned to OVSDB.
const defaultPort = "6640"

// dialTimeout bounds one attempt to reach a server.
const dialTimeout = 10 * time.Second

// IsRemote reports whether a source names servers rather than files.
func IsRemote(source string) bool {
	for _, method := range []string{"unix:", "tcp:", "ssl:", "punix:", "ptcp:", "pssl:"} {
		if strings.HasPrefix(source, method) {
			return true
		}
	}
	return false
}

// parseRemotes parses a comma-separated list of servers. An element without a method
// is part of the server before it, because a path may contain commas.
func parseRemotes(source string) ([]remote, error) {
	var parts []string
	for part := range strings.SplitSeq(source, ",") {
		if IsRemote(part) || len(parts) == 0 {
			parts = append(parts, part)
		} else {
			parts[len(parts)-1] += "," + part
		}
	}
	var list []remote
	for _, part := range parts {
		r, err := parseRemote(part)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func parseRemote(text string) (remote, error) {
	bad := func(why string) (remote, error) {
		return remote{}, &ovsdb.Error{
			File: text, Offset: -1, Err: ErrRemote,
			Text: why + "; a server is unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT",
		}
	}
	method, rest, _ := strings.Cut(text, ":")
	switch method {
	case "unix":
		if rest == "" {
			return bad("no path")
		}
		return remote{text: text, network: "unix", address: socketPath(rest)}, nil
	case "tcp", "ssl":
		host, port, err := net.SplitHostPort(rest)
		if err != nil {
			host, port = strings.Trim(rest, "[]"), defaultPort
		}
		if host == "" || port == "" || strings.ContainsAny(host, "/ ") {
			return bad("no host and port")
		}
		return remote{text: text, network: "tcp", address: net.JoinHostPort(host, port), tls: method == "ssl"}, nil
	}
	return bad("a server cannot be reached by listening for it")
}

// socketPath returns the path of a socket given by a relative path: if it does not
// exist, it is relative to the run directory of OVS.
func socketPath(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	dir := os.Getenv("OVS_RUNDIR")
	if dir == "" {
		dir = "/var/run/openvswitch"
	}
	return filepath.Join(dir, path)
}

// tlsConfig reads the files. As in OVS tools, a server's certificate must be signed by
// the CA, but needs to name the host only if VerifyHost is set.
func tlsConfig(t *ovsdb.TLS, host string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, ServerName: host}
	if t.PrivateKey != "" || t.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(t.Certificate, t.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("the private key (-p) and certificate (-c): %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	switch t.CACert {
	case "":
		return nil, errors.New("an ssl: server needs a CA certificate (-C), or -C none to trust any")
	case "none":
		if t.VerifyHost {
			return nil, errors.New("a server's name cannot be verified without a CA: give its certificate (-C)")
		}
		return cfg, nil
	}
	pem, err := os.ReadFile(t.CACert)
	if err != nil {
		return nil, fmt.Errorf("the CA certificate (-C): %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA certificate (-C): %s holds no certificate", t.CACert)
	}
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		inter := x509.NewCertPool()
		for _, c := range cs.PeerCertificates[1:] {
			inter.AddCert(c)
		}
		_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: inter, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil && t.VerifyHost {
			err = cs.PeerCertificates[0].VerifyHostname(host)
		}
		return err
	}
	return cfg, nil
}

// dial connects to the server.
func (r remote) dial(ctx context.Context, t *ovsdb.TLS) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if !r.tls {
		var d net.Dialer
		return d.DialContext(ctx, r.network, r.address)
	}
	host, _, err := net.SplitHostPort(r.address)
	if err != nil {
		return nil, err
	}
	cfg, err := tlsConfig(t, host)
	if err != nil {
		return nil, err
	}
	d := tls.Dialer{Config: cfg}
	return d.DialContext(ctx, r.network, r.address)
}
