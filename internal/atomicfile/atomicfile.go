// Package atomicfile writes files that are there whole or not at all.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write writes the file at path.  A new file appears, and one that is there
// changes, only once write has returned without error; otherwise all is as it
// was, also where a signal ends the process meanwhile.  A symbolic link is followed, and what is no regular file, such as a
// device or a pipe, is written to as it stands.  The error names the path.
func Write(path string, write func(io.Writer) error) error {
	err := replace(path, write)
	if pe, ok := errors.AsType[*fs.PathError](err); ok && pe.Path != path {
		err = &fs.PathError{Op: "write", Path: path, Err: pe.Err}
	}
	return err
}

// Check returns the error for which Write would fail, as far as it is known before.
func Check(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return syscall.EISDIR
	case err == nil && !info.Mode().IsRegular():
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return cause(err)
	}
	if path, err = target(path); err != nil {
		return err
	}
	f, err := create(path)
	if err != nil {
		return cause(err)
	}
	return errors.Join(f.Close(), release(f.Name(), func() error { return os.Remove(f.Name()) }))
}

// cause returns what is wrong with a path, without the path.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// create creates the temporary file that is to be the file at path.
func create(path string) (*os.File, error) {
	return hold(func() (*os.File, error) { return os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") })
}

func replace(path string, write func(io.Writer) error) (err error) {
	mode := fs.FileMode(0o644)
	switch info, statErr := os.Stat(path); {
	case statErr != nil:
		if !errors.Is(statErr, fs.ErrNotExist) {
			return statErr
		}
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return direct(path, write)
	default:
		mode = info.Mode().Perm()
	}
	if path, err = target(path); err != nil {
		return err
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	written := false // unless write fails, or panics
	defer func() {
		if !written {
			_ = f.Close()                                                      // twice is no harm
			_ = release(f.Name(), func() error { return os.Remove(f.Name()) }) // the error before says what is wrong
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = errors.Join(f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	written = true
	return release(f.Name(), func() error {
		err := os.Rename(f.Name(), path)
		if err != nil {
			_ = os.Remove(f.Name()) // the error before says what is wrong
		}
		return err
	})
}

// direct writes to what is there.
func direct(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	return errors.Join(err, f.Close())
}

// maxLinks is how many links are followed to the end of a chain.
const maxLinks = 40

// target returns the path at the end of a chain of symbolic links; what it
// leads to need not be there.
func target(path string) (string, error) {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: the end
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: more than %d links", path, maxLinks)
}
