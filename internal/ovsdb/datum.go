package ovsdb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// datum is a parsed set or map, to which differences can be applied. The format is
// that of RFC 7047, section 5.1, and of the differences of OVS 2.16 and later, as
// ovsdb-server applies them to its own log.
type datum struct {
	typ   *Type
	elems map[string]element // by the canonical form of the key
}

// element is one atom of a set or one pair of a map: the canonical forms, by which
// atoms compare, and the JSON in the source.
type element struct {
	value            string
	keyRaw, valueRaw []byte
}

// read sets the datum to the value at the start of b, or to the type's default if b is
// nil.
func (d *datum) read(b []byte) error {
	if b == nil {
		b = d.typ.appendDefault(nil)
	}
	elems, err := d.parse(b)
	d.elems = elems
	return err
}

// apply changes the datum by the difference at the start of b. An element of a set, or
// a pair of a map, that is in both is removed; a pair whose key is in both with another
// value gets the new value; any other is added.
func (d *datum) apply(b []byte) error {
	diff, err := d.parse(b)
	if err != nil {
		return err
	}
	for key, e := range diff {
		if old, ok := d.elems[key]; ok && old.value == e.value {
			delete(d.elems, key)
		} else {
			d.elems[key] = e
		}
	}
	return d.checkSize()
}

// checkSize checks the number of elements against the schema.
func (d *datum) checkSize() error {
	if n := uint32(len(d.elems)); n < d.typ.Min || n > d.typ.Max {
		return fmt.Errorf("the value has %d elements, the schema allows %d to %d", n, d.typ.Min, d.typ.Max)
	}
	return nil
}

// errShape is the error for a value that is not a set or map of its type.
var errShape = errors.New("the value does not fit the column's type")

// parse parses the set or map at the start of b.
func (d *datum) parse(b []byte) (map[string]element, error) {
	elems := make(map[string]element)
	var bad error
	put := func(key, value []byte) bool {
		e := element{keyRaw: key, valueRaw: value}
		name, ok := d.typ.Key.canonical(key)
		if ok && d.typ.IsMap() {
			e.value, ok = d.typ.Value.canonical(value)
		}
		if !ok {
			bad = errShape
			return false
		}
		if _, dup := elems[name]; dup {
			bad = fmt.Errorf("the value contains %s twice", Clip(string(key)))
			return false
		}
		elems[name] = e
		return true
	}
	var ok bool
	if d.typ.IsMap() {
		ok = eachPair(b, put)
	} else {
		ok = eachAtom(b, func(atom []byte) bool { return put(atom, nil) })
	}
	if bad == nil && !ok {
		bad = errShape
	}
	return elems, bad
}

// appendJSON appends the value as ovsdb-server would write it, sorted by key.
func (d *datum) appendJSON(dst []byte) []byte {
	keys := make([]string, 0, len(d.elems))
	for key := range d.elems {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, d.typ.Key.compare)
	isMap := d.typ.IsMap()
	if len(keys) == 1 && !isMap {
		return append(dst, d.elems[keys[0]].keyRaw...)
	}
	if isMap {
		dst = append(dst, `["map",[`...)
	} else {
		dst = append(dst, `["set",[`...)
	}
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := d.elems[key]
		if isMap {
			dst = append(dst, '[')
			dst = append(dst, e.keyRaw...)
			dst = append(dst, ',')
			dst = append(dst, e.valueRaw...)
			dst = append(dst, ']')
		} else {
			dst = append(dst, e.keyRaw...)
		}
	}
	return append(dst, "]]"...)
}

// appendDefault appends the default value of a column that a row omits (RFC 7047,
// section 5.2.1): no element if the schema allows that, else one atom that is zero.
func (t *Type) appendDefault(dst []byte) []byte {
	switch {
	case t.IsMap() && t.Min == 0:
		return append(dst, `["map",[]]`...)
	case t.IsMap():
		dst = append(dst, `["map",[[`...)
		dst = append(t.Key.appendZero(dst), ',')
		return append(t.Value.appendZero(dst), `]]]`...)
	case t.Min == 0:
		return append(dst, `["set",[]]`...)
	}
	return t.Key.appendZero(dst)
}

func (t *BaseType) appendZero(dst []byte) []byte {
	switch t.Atom {
	case Integer, Real:
		return append(dst, '0')
	case Boolean:
		return append(dst, "false"...)
	case UUIDRef:
		dst = append(dst, `["uuid","`...)
		return append(UUID{}.Append(dst), `"]`...)
	default:
	}
	return append(dst, `""`...)
}

// canonical returns a text by which two atoms of the type compare equal.
func (t *BaseType) canonical(atom []byte) (string, bool) {
	switch t.Atom {
	case Integer:
		n, ok := ParseInt(atom)
		return strconv.FormatInt(n, 10), ok
	case Real:
		f, err := strconv.ParseFloat(string(atom), 64)
		if f == 0 {
			f = 0 // -0 equals 0
		}
		return strconv.FormatFloat(f, 'g', -1, 64), err == nil
	case Boolean:
		return string(atom), bytes.Equal(atom, []byte("true")) || bytes.Equal(atom, []byte("false"))
	case String:
		return ParseString(atom)
	case UUIDRef:
		u, ok := ParseRef(atom)
		return u.String(), ok
	}
	return "", false
}

// compare orders canonical forms as ovsdb-server orders atoms.
func (t *BaseType) compare(a, b string) int {
	switch t.Atom {
	case Integer:
		x, _ := strconv.ParseInt(a, 10, 64)
		y, _ := strconv.ParseInt(b, 10, 64)
		return cmp.Compare(x, y)
	case Real:
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return cmp.Compare(x, y)
	default:
	}
	return strings.Compare(a, b)
}

// Canonical appends a value of the type, or the type's default if raw is nil, to dst in
// canonical form: with elements in order and defaults written out.
func (t *Type) Canonical(dst, raw []byte) ([]byte, error) {
	v := datum{typ: t}
	if err := v.read(raw); err != nil {
		return dst, err
	}
	return v.appendJSON(dst), nil
}
