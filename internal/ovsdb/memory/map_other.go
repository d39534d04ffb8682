//go:build !unix

package memory

import (
	"errors"
	"os"
)

const CanMap = false

func MapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func Unmap([]byte) error { return nil }
