package wirelab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// A link is the remote end of a switch's dummy port. On its Unix socket, each frame is
// preceded by its length in two bytes.
type link struct {
	path      string
	listener  net.Listener
	connected chan struct{}

	mutex sync.Mutex
	conn  net.Conn
}

// newLink listens for the switch and calls received with each frame that leaves the port.
func newLink(path string, received func([]byte)) (*link, error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	l := &link{path: path, listener: listener, connected: make(chan struct{})}
	go l.serve(received)
	return l, nil
}

func (l *link) serve(received func([]byte)) {
	conn, err := l.listener.Accept()
	if err != nil {
		return // closed
	}
	l.mutex.Lock()
	l.conn = conn
	l.mutex.Unlock()
	close(l.connected)
	var length [2]byte
	for {
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		frame := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, frame); err != nil {
			return
		}
		received(frame)
	}
}

// send sends a frame into the switch by the port.
func (l *link) send(frame []byte) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.conn == nil {
		return fmt.Errorf("%s: no switch is connected", l.path)
	}
	_, err := l.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(frame))), frame...))
	return err
}

func (l *link) close() error {
	err := l.listener.Close()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.conn != nil {
		err = errors.Join(err, l.conn.Close())
	}
	return err
}
