package ovsdb

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// UUID is a row's RFC 4122 UUID: 16 bytes in the order of its text.
type UUID [16]byte

// uuidLen is the length of a UUID's text form.
const uuidLen = 36

// errBadUUID is the error that ParseUUID wraps.
var errBadUUID = errors.New("not a UUID")

// String returns the usual 36-character form in lower case.
func (u UUID) String() string {
	var buf [uuidLen]byte
	return string(u.Append(buf[:0]))
}

// Append appends the 36-character form to dst.
func (u UUID) Append(dst []byte) []byte {
	dst = hex.AppendEncode(dst, u[0:4])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[4:6])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[6:8])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[8:10])
	dst = append(dst, '-')
	return hex.AppendEncode(dst, u[10:16])
}

// Prefix returns the first 32 bits as a number, from which OVS computes hashes of rows and
// which its tools show as a flow's cookie.
func (u UUID) Prefix() uint32 { return binary.BigEndian.Uint32(u[:4]) }

// IsZero reports whether u is all zeros, the value of an unset reference.
func (u UUID) IsZero() bool { return u == UUID{} }

// Compare orders UUIDs as their text forms are sorted.
func (u UUID) Compare(v UUID) int {
	for i := 0; i < len(u); i += 8 {
		a, b := binary.BigEndian.Uint64(u[i:]), binary.BigEndian.Uint64(v[i:])
		if a != b {
			if a < b {
				return -1
			}
			return 1
		}
	}
	return 0
}

// ParseUUID parses the 36-character form in either case.
func ParseUUID(s string) (UUID, error) {
	u, ok := UUIDOf(s)
	if !ok {
		return UUID{}, fmt.Errorf("%q: %w", Clip(s), errBadUUID)
	}
	return u, nil
}

// nibble maps hexadecimal digits to their values and other bytes to 0x80.
var nibble = func() (t [256]byte) {
	for i := range t {
		t[i] = 0x80
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(10+i), byte(10+i)
	}
	return t
}()

// uuidAt is the position of each byte's first digit in the text.
var uuidAt = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

func UUIDOf[T string | []byte](s T) (u UUID, ok bool) {
	if len(s) != uuidLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return UUID{}, false
	}
	var bad byte
	for i, p := range uuidAt {
		h, l := nibble[s[p]], nibble[s[p+1]]
		bad |= h | l
		u[i] = h<<4 | l
	}
	if bad&0x80 != 0 {
		return UUID{}, false
	}
	return u, true
}

// Clip shortens text from a file for a message of one line.
func Clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
