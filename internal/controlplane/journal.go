package controlplane

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// journal reads the transactions that a server appends to the log of a database (ovsdb(5)).
type journal struct {
	path  string
	at    int64 // the offset up to which it was read
	until int64 // where to stop, 0 for the end of the file
}

// transaction is a record of the log: per table, the rows that it changes.
type transaction map[string]json.RawMessage

// bookkeeping has the members of a record and the tables whose changes affect neither northd nor
// packets.
var bookkeeping = map[string]bool{"_date": true, "_comment": true, "_is_diff": true, "_durable": true, "SB_Global": true}

// idle reports whether a transaction changes only bookkeeping.
func (t transaction) idle() bool {
	for name := range t {
		if !bookkeeping[name] {
			return false
		}
	}
	return true
}

// flows calls add with the UUID of each logical flow that a transaction inserts.
func (t transaction) flows(add func(uuid string)) error {
	var rows map[string]map[string]json.RawMessage
	if err := json.Unmarshal(t["Logical_Flow"], &rows); t["Logical_Flow"] != nil && err != nil {
		return err
	}
	for uuid, row := range rows {
		if row["match"] != nil {
			add(uuid)
		}
	}
	return nil
}

// start positions the journal at the end of the file.
func (j *journal) start(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	j.path, j.at = path, info.Size()
	return nil
}

// next returns the transactions that were appended since the last call.
func (j *journal) next() ([]transaction, error) {
	f, err := os.Open(j.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size() < j.at {
		j.at = 0 // the server has compacted the file
	}
	if _, err := f.Seek(j.at, io.SeekStart); err != nil {
		return nil, err
	}
	var all []transaction
	b := bufio.NewReaderSize(f, 256<<10)
	for j.until == 0 || j.at < j.until {
		header, err := b.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return all, nil // an incomplete record is read next time
		}
		if err != nil {
			return nil, err
		}
		words := strings.Fields(header)
		if len(words) != 4 || words[0] != "OVSDB" {
			return nil, fmt.Errorf("%s: no record at offset %d", j.path, j.at)
		}
		n, err := strconv.ParseInt(words[2], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: the record at offset %d: %w", j.path, j.at, err)
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(b, body); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return all, nil
			}
			return nil, err
		}
		var t transaction
		if err := json.Unmarshal(body, &t); err != nil {
			return nil, fmt.Errorf("%s: the record at offset %d: %w", j.path, j.at, err)
		}
		all = append(all, t)
		j.at += int64(len(header)) + n
	}
	return all, nil
}
