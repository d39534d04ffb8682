// Package atomicfile replaces files atomically.
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

// Write writes the file at path. The file is created or replaced only after write has
// returned without error; otherwise it is unchanged, also if a signal ends the process
// meanwhile. Symbolic links are followed. A file that is not regular, such as a device or a
// pipe, is written directly. Errors have the path.
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
	written := false // remains false if write fails or panics
	defer func() {
		if !written {
			_ = f.Close()                                                      // closing twice is harmless
			_ = release(f.Name(), func() error { return os.Remove(f.Name()) }) // the error before is returned
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
			_ = os.Remove(f.Name()) // the error before is returned
		}
		return err
	})
}

// direct writes to an existing file.
func direct(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	return errors.Join(err, f.Close())
}

// maxLinks is the maximum length of a chain of links.
const maxLinks = 40

// target returns the path at the end of a chain of symbolic links. It need not exist.
func target(path string) (string, error) {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // not a link
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: more than %d links", path, maxLinks)
}
