package archive

import (
	"bytes"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// content is a file format that is detected by its first bytes.
type content uint8

const (
	contentUnknown content = iota
	contentEmpty
	ContentLog  // a log of ovsdb(5)
	contentDump // JSON as ovsdb-client dump and ovn-sbctl list print it
	contentGzip
	contentZstd
	contentXz
	contentTar
	ContentZip
)

// tarMagicAt is the offset of "ustar" in a tar archive of POSIX.1 or GNU.
const tarMagicAt = 257

// DetectLen is the number of bytes that DetectContent needs at most.
const DetectLen = 512

// DetectContent detects a format by the first bytes.
func DetectContent(b []byte) content {
	switch {
	case len(b) == 0:
		return contentEmpty
	case bytes.HasPrefix(b, []byte("OVSDB ")):
		return ContentLog
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return contentGzip
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return contentZstd
	case bytes.HasPrefix(b, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return contentXz
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		return ContentZip
	case len(b) > tarMagicAt+5 && string(b[tarMagicAt:tarMagicAt+5]) == "ustar":
		return contentTar
	case detectDump(b):
		return contentDump
	}
	return contentUnknown
}

// IsPacked reports whether the bytes begin an archive or a compressed file.
func IsPacked(head []byte) bool {
	switch DetectContent(head) {
	case contentGzip, contentZstd, contentXz, contentTar, ContentZip:
		return true
	default:
		return false
	}
}

// foreign are the first bytes of formats that errors name but that are not read.
var foreign = []struct{ magic, name string }{
	{"BZh", "compressed by bzip2"},
	{"\x04\x22\x4d\x18", "compressed by lz4"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"PK\x07\x08", "a part of a zip archive of several files"},
	{"SQLite format 3\x00", "an SQLite database"},
}

// sniffForeign returns the name of a format that is not read, or "".
func sniffForeign(b []byte) string {
	for _, f := range foreign {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}

// detectDump detects a printed table: a JSON object whose first member has one of the
// three names of members of such a table.
func detectDump(b []byte) bool {
	i := jsonscan.SkipSpace(b, 0)
	if jsonscan.At(b, i) != '{' {
		return false
	}
	i = jsonscan.SkipSpace(b, i+1)
	for _, name := range []string{`"caption"`, `"data"`, `"headings"`} {
		if bytes.HasPrefix(b[i:], []byte(name)) {
			return true
		}
	}
	return false
}

// databaseName returns the database's name from the first record of a log, or "" if b,
// the log's beginning, is too short.
func databaseName(b []byte) string {
	h, ok := logfile.ParseHeader(b)
	if !ok {
		return ""
	}
	b = b[h.Line:]
	if int64(len(b)) > h.Size {
		b = b[:h.Size]
	}
	name, _ := nameMember(b, 0)
	return name
}

// nameMember looks for the member "name" of the object at i, and in the snapshot of a
// clustered header for that of the schema. The text may end anywhere.
func nameMember(b []byte, i int) (string, bool) {
	i = jsonscan.SkipSpace(b, i)
	if jsonscan.At(b, i) != '{' {
		return "", false
	}
	i, done := jsonscan.First(b, i, '}')
	for !done {
		from, to, value := jsonscan.Member(b, i)
		if value < 0 {
			return "", false
		}
		switch string(b[from:to]) {
		case "name":
			return parseStringCopy(b[value:])
		case "prev_data":
			if jsonscan.At(b, value) == '[' {
				return nameMember(b, value+1)
			}
		}
		end := jsonscan.SkipValue(b, value)
		if end < 0 {
			return "", false
		}
		if i, done = jsonscan.Next(b, end, '}'); i < 0 {
			return "", false
		}
	}
	return "", false
}

func parseStringCopy(b []byte) (string, bool) {
	s, ok := ovsdb.ParseString(b)
	return string(append([]byte(nil), s...)), ok
}
