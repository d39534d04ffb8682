package index

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// An index ends in a checksum (CRC-32C) for each block of the bytes before, and their
// number in eight bytes. All of it is verified when it is opened, in parallel and
// without mapping it, because a lookup in a damaged index would return wrong rows.

// sumBlock is the number of bytes of an index for one checksum.
const sumBlock = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumWriter writes to another writer and computes checksums.
type checksumWriter struct {
	w    io.Writer
	n    int64
	sum  uint32
	sums []byte
}

// Write implements io.Writer.
func (s *checksumWriter) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		part := rest[:min(int64(len(rest)), sumBlock-s.n%sumBlock)]
		s.sum = crc32.Update(s.sum, castagnoli, part)
		if s.n += int64(len(part)); s.n%sumBlock == 0 {
			s.close()
		}
		rest = rest[len(part):]
	}
	return s.w.Write(b)
}

// close ends a block.
func (s *checksumWriter) close() {
	s.sums = binary.BigEndian.AppendUint32(s.sums, s.sum)
	s.sum = 0
}

// end writes the checksums.
func (s *checksumWriter) end() error {
	if s.n%sumBlock != 0 {
		s.close()
	}
	_, err := s.w.Write(binary.BigEndian.AppendUint64(s.sums, uint64(s.n)))
	return err
}

// validChecksum reports whether a file of the given size has valid checksums.
func validChecksum(f io.ReaderAt, size int64) bool {
	var length [8]byte
	if _, err := f.ReadAt(length[:], max(0, size-8)); err != nil {
		return false
	}
	n := binary.BigEndian.Uint64(length[:])
	blocks := (n + sumBlock - 1) / sumBlock
	if n > uint64(size) || n+4*blocks+8 != uint64(size) {
		return false
	}
	sums := make([]byte, 4*blocks)
	if _, err := f.ReadAt(sums, int64(n)); err != nil {
		return false
	}
	var next atomic.Uint64
	var bad atomic.Bool
	var wait sync.WaitGroup
	for range min(uint64(runtime.GOMAXPROCS(0)), blocks) {
		wait.Go(func() {
			buf := make([]byte, sumBlock)
			for !bad.Load() {
				i := next.Add(1) - 1
				if i >= blocks {
					return
				}
				b := buf[:min(sumBlock, n-i*sumBlock)]
				if _, err := f.ReadAt(b, int64(i*sumBlock)); err != nil || crc32.Checksum(b, castagnoli) != binary.BigEndian.Uint32(sums[4*i:]) {
					bad.Store(true)
				}
			}
		})
	}
	wait.Wait()
	return !bad.Load()
}
