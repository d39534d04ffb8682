package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stdout is standard output. It keeps the first write error, because some callers, such as
// those that print the help, ignore it.
type stdout struct {
	io.Writer
	err error
}

// Write writes to the underlying stream.
func (o *stdout) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// watched returns a writer that keeps the stream's errors.
func watched(w io.Writer) io.Writer {
	switch w.(type) {
	case *stdout, *escapingWriter:
		return w
	}
	return &stdout{Writer: w}
}

// output returns the stdout that keeps the errors of standard output.
func (sys *System) output() *stdout {
	o, ok := raw(sys.Stdout).(*stdout)
	if !ok {
		o = &stdout{Writer: sys.Stdout}
		sys.Stdout = o
	}
	return o
}

// failed returns the error with which a command ends: an error in writing its output, or
// else err.
func (o *stdout) failed(err error) error {
	var status *statusError
	if o.err == nil || errors.As(err, &status) && status.status != 0 {
		return err
	}
	cause := o.err
	if path, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = path.Err // without the file name, such as /dev/stdout
	}
	return fmt.Errorf("standard output cannot be written: %w", cause)
}
