package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stdout is standard output. It keeps the first error of writing, which not all
// who write look at, such as what prints the help.
type stdout struct {
	io.Writer
	err error
}

// Write writes to what is behind the output.
func (o *stdout) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// watched makes a stream keep its errors.
func watched(w io.Writer) io.Writer {
	switch w.(type) {
	case *stdout, *escapingWriter:
		return w
	}
	return &stdout{Writer: w}
}

// output returns what keeps the errors of standard output.
func (sys *System) output() *stdout {
	o, ok := raw(sys.Stdout).(*stdout)
	if !ok {
		o = &stdout{Writer: sys.Stdout}
		sys.Stdout = o
	}
	return o
}

// failed returns the error with which a command ends: where its answer did not
// get to where it goes, that, whatever the answer is.
func (o *stdout) failed(err error) error {
	var status *statusError
	if o.err == nil || errors.As(err, &status) && status.status != 0 {
		return err
	}
	cause := o.err
	if path, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = path.Err // of a file that has no name of its own
	}
	return fmt.Errorf("standard output cannot be written: %w", cause)
}
