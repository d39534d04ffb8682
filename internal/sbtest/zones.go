package sbtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// WriteZones writes an archive of the databases of that many zones, each of some size in
// bytes, as support tools pack them: a tar stream, compressed by gzip.  The zones of
// nodes 1 and 3 of the recorded network in dir, of three zones, are the first and the
// last of it; those between them are made of that of node 2.  Flows that no packet
// matches fill them.
func WriteZones(w io.Writer, dir string, zones, size int) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for i := range zones {
		recorded := 2
		switch i {
		case 0:
			recorded = 1
		case zones - 1:
			recorded = 3
		}
		packed, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("z%d-sb.db.gz", recorded)))
		if err != nil {
			return err
		}
		data, err := Unpack(packed)
		if err != nil {
			return err
		}
		if recorded == 2 && i > 1 {
			data = another(data, i)
		}
		if data, err = filled(data, size, uint64(i)); err != nil {
			return err
		}
		h := &tar.Header{Name: fmt.Sprintf("ovnk_database_store/ovnkube-node-%05x_sbdb", i), Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

var uuidPattern = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// another makes the database of another node of that of node 2.
func another(log []byte, number int) (out []byte) {
	for i, text := range Records(log) {
		if i > 0 {
			text = uuidPattern.ReplaceAllFunc(text, func(u []byte) []byte { return uuid(sha1.Sum(fmt.Appendf(nil, "%s %d", u, number))) })
			text = bytes.ReplaceAll(text, []byte("node2"), fmt.Appendf(nil, "node%d", 1000+number))
			text = bytes.ReplaceAll(text, []byte("pod2"), fmt.Appendf(nil, "pod%d", 1000+number))
		}
		out = append(out, Record("JSON", text)...)
	}
	return out
}

func uuid(b [sha1.Size]byte) []byte {
	return fmt.Appendf(nil, "%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// filled adds flows until a log has some size.
func filled(log []byte, size int, seed uint64) ([]byte, error) {
	var flows []map[string]any
	for _, text := range Records(log)[1:] {
		var tables struct {
			Flows map[string]map[string]any `json:"Logical_Flow"`
		}
		if err := json.Unmarshal(text, &tables); err != nil {
			return nil, err
		}
		for _, key := range sortedKeys(tables.Flows) {
			if tables.Flows[key]["match"] != nil {
				flows = append(flows, tables.Flows[key])
			}
		}
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for len(log) < size {
		var b strings.Builder
		b.WriteString(`{"_date":1763700000000,"Logical_Flow":{`)
		for i := 0; i < 2000 && len(log)+b.Len() < size; i++ {
			if i > 0 {
				b.WriteString(",")
			}
			f := flows[random.IntN(len(flows))]
			row := maps.Clone(f)
			row["match"] = fmt.Sprintf("ip4.src == 203.0.113.%d && tcp.dst == %d && (%s)", random.IntN(256), random.IntN(65536), f["match"])
			row["priority"] = random.IntN(100)
			text, err := json.Marshal(row)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "%q:%s", uuid(sha1.Sum(fmt.Append(nil, random.Uint64()))), text)
		}
		b.WriteString("}}\n")
		log = append(log, Record("JSON", []byte(b.String()))...)
	}
	return log, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
