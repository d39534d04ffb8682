package wirelab

import (
	"encoding/hex"
	"errors"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// A Case is a connection with its packets on real chassis, one line of a file of cases. At
// its start, connection tables are empty, and nothing is learned.
type Case struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Proto string `json:"proto"` // such as tcp:80
	Steps []Step `json:"steps"`
}

// A Step is one packet with the frames that it causes: the first packet, the reply, or, for
// TCP, a later one.
type Step struct {
	In    Place   `json:"in"`
	Frame string  `json:"frame"` // in hexadecimal
	Sent  Fields  `json:"sent"`
	Out   []Frame `json:"out"` // in the order of their places and bytes
}

// A Place is a port with its chassis or, if Network is set, a physical network with the
// chassis that sent the frame.
type Place struct {
	Port    string `json:"port,omitempty"`
	Network bool   `json:"network,omitempty"`
	Chassis string `json:"chassis,omitempty"`
}

// A Frame is a frame that left the logical network.
type Frame struct {
	Place
	Packet Fields `json:"packet"`
	Frame  string `json:"frame"`
}

// ReadCases reads a file of cases, plain or gzip'd.
func ReadCases(path string) ([]Case, error) {
	cases, err := lab.ReadCases[Case](path)
	for i := range cases {
		err = errors.Join(err, cases[i].complete())
	}
	return cases, err
}

// complete adds the fields that a recording lacks because it is older than they are.
func (c *Case) complete() error {
	add := func(f Fields, text string) error {
		b, err := hex.DecodeString(text)
		d := decode(b)
		for name, v := range d.fields() {
			if _, known := f[name]; !known && f != nil {
				f[name] = v
			}
		}
		return err
	}
	for _, s := range c.Steps {
		errs := []error{add(s.Sent, s.Frame)}
		for _, f := range s.Out {
			errs = append(errs, add(f.Packet, f.Frame))
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}
