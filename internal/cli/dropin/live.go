package dropin

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// reloadingNetwork is a network that is reloaded when its database changes.  A file is read
// again if it was replaced, or if its size or time changed.  A server notifies of changes,
// after which the next trace reads the database again.  If that fails, the network remains
// as it was, and the failure is logged.
type reloadingNetwork struct {
	d      *call
	loaded atomic.Bool // whether the network was read once
	stale  atomic.Bool // for a server: whether the database changed since

	mu   sync.RWMutex // held for writing while the network is replaced
	n    *lflow.Network
	seen []fs.FileInfo // the files when they were read
}

// live reads the network and, for a server, starts to listen for changes.
func (d *call) live(ctx context.Context) (*reloadingNetwork, error) {
	l := &reloadingNetwork{d: d, seen: statFiles(d.source.DB)}
	if client.IsRemote(d.source.DB) {
		began := make(chan struct{})
		go l.listen(ctx, sync.OnceFunc(func() { close(began) }))
		<-began
	}
	l.stale.Store(false)
	n, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	l.n = n
	l.loaded.Store(true)
	return l, nil
}

func (l *reloadingNetwork) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.d.host.Close(l.n)
}

// trace traces a packet through the current network.
func (l *reloadingNetwork) trace(ctx context.Context, operands []string, views tracetext.Views, choices sim.Choices) (string, error) {
	l.refresh(ctx)
	l.mu.RLock()
	defer l.mu.RUnlock()
	var text string
	var err error
	if mmapfault.Run(func() { text, err = l.d.trace(ctx, l.n, operands, views, choices) }) {
		err = input.ErrCutShort
	}
	if err = cmp.Or(l.n.Changed(), err); err != nil {
		return "", err
	}
	return text, nil
}

// refresh reads the database again if it has changed.
func (l *reloadingNetwork) refresh(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := statFiles(l.d.source.DB)
	if !l.stale.Swap(false) && same(seen, l.seen) {
		return
	}
	n, err := l.d.open(ctx)
	if err != nil {
		l.stale.Store(true)
		l.d.warn(fmt.Sprintf("%s; using the data read before", err))
		return
	}
	l.d.host.Close(l.n)
	l.n, l.seen = n, seen
}

// statFiles returns the current state of a source's files, nil for one that does not exist.
func statFiles(source string) []fs.FileInfo {
	var infos []fs.FileInfo
	for _, name := range open.Files(source) {
		info, err := os.Stat(name)
		if err != nil {
			info = nil
		}
		infos = append(infos, info)
	}
	return infos
}

// same reports whether two states of files are the same.
func same(a, b []fs.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && (!os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return true
}

// retryDelay is the delay before listening to a server again after an error.
const retryDelay = 5 * time.Second

// listen waits for changes on a server until ctx ends.  It calls began once it listens or has
// failed to.
func (l *reloadingNetwork) listen(ctx context.Context, began func()) {
	s := &l.d.source
	o := ovsdb.Options{
		Wanted: lflow.Wanted(), Schema: lflow.Schema, NoLeaderOnly: s.NoLeaderOnly,
		TLS: ovsdb.TLS{PrivateKey: s.PrivateKey, Certificate: s.Certificate, CACert: s.CACert},
	}
	for {
		err := client.Watch(ctx, l.d.source.DB, o, func() {
			l.stale.Store(true)
			began()
		})
		if ctx.Err() == nil && l.loaded.Load() { // otherwise reading it fails, too, and reports that
			l.d.warn(fmt.Sprintf("%s: no notifications of changes (%s)", l.d.source.DB, err))
		}
		began()
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryDelay):
		}
	}
}

// absoluteSource makes the paths in a source absolute, so that they are valid in any working
// directory.
func absoluteSource(source string) string {
	if source == demo.Name {
		return source
	}
	dir, err := os.Getwd()
	if err != nil {
		return source
	}
	here := func(file string) string { return absolute(dir, file) }
	if !client.IsRemote(source) {
		return open.MapFiles(source, here)
	}
	parts := strings.Split(source, ",")
	for i, part := range parts {
		if file, ok := strings.CutPrefix(part, "unix:"); ok && exists(file) {
			parts[i] = "unix:" + here(file)
		}
	}
	return strings.Join(parts, ",")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
