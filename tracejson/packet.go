package tracejson

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
)

// packetDoc is a packet in JSON: an object of its fields that are not zero. Addresses are strings in
// their usual form, conntrack states lists of flags, fields over 64 bits hexadecimal strings, and all
// others numbers.
type packetDoc packet.Packet

// MarshalJSONTo implements json.MarshalerTo.
func (d *packetDoc) MarshalJSONTo(enc *jsontext.Encoder) error {
	p := (*packet.Packet)(d)
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	if err := writeFields(enc, p); err != nil {
		return err
	}
	return enc.WriteToken(jsontext.EndObject)
}

// writeFields writes the members of a packet's object.
func writeFields(enc *jsontext.Encoder, p *packet.Packet) error {
	for _, s := range wording.Fields {
		v := p.Get(s.Field())
		if v.IsZero() {
			continue
		}
		if err := writeMember(enc, s.In(p), v); err != nil {
			return err
		}
	}
	return nil
}

// Frame is a frame in JSON: the object of a packet that also has the addresses in its headers that are
// zero, and the VLAN ID, if there is one, as vlan.vid.
type Frame packet.Packet

// MarshalJSONTo implements json.MarshalerTo.
func (d *Frame) MarshalJSONTo(enc *jsontext.Encoder) error {
	p := (*packet.Packet)(d)
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	if err := writeFields(enc, p); err != nil {
		return err
	}
	for _, f := range d.zeros() {
		if err := writeMember(enc, f, packet.Value{}); err != nil {
			return err
		}
	}
	if vid := p.Uint(packet.VLANTCI) & 0xfff; vid != 0 {
		if err := enc.WriteToken(jsontext.String("vlan.vid")); err != nil {
			return err
		}
		if err := enc.WriteToken(jsontext.Uint(vid)); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// zeros returns the addresses in the frame's headers that are zero.
func (d *Frame) zeros() []*packet.Field {
	p := (*packet.Packet)(d)
	all := []*packet.Field{packet.EthSrc, packet.EthDst}
	switch {
	case p.IsARP():
		all = append(all, packet.ARPSPA, packet.ARPTPA, packet.ARPSHA, packet.ARPTHA)
	case p.IsIPv4():
		all = append(all, packet.IPv4Src, packet.IPv4Dst)
	case p.IsIPv6():
		all = append(all, packet.IPv6Src, packet.IPv6Dst)
	}
	return slices.DeleteFunc(all, func(f *packet.Field) bool { return !p.Get(f).IsZero() })
}

// writeMember writes a field's name and value.
func writeMember(enc *jsontext.Encoder, f *packet.Field, v packet.Value) error {
	if err := enc.WriteToken(jsontext.String(wording.FieldName(f))); err != nil {
		return err
	}
	return writeField(enc, f, v)
}

func writeField(enc *jsontext.Encoder, f *packet.Field, v packet.Value) error {
	switch {
	case f.Kind == packet.KindCTState:
		return writeFlags(enc, ctFlags(v.Lo))
	case f.Kind == packet.KindEthernet, f.Kind == packet.KindIPv4, f.Kind == packet.KindIPv6, f.Bits > 64:
		return enc.WriteToken(jsontext.String(f.Format(v)))
	}
	return enc.WriteToken(jsontext.Uint(v.Lo))
}

func writeFlags(enc *jsontext.Encoder, names []string) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, name := range names {
		if err := enc.WriteToken(jsontext.String(name)); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// ctFlags returns the names of a conntrack state's flags. Bits without a name are added as a
// hexadecimal number.
func ctFlags(state uint64) []string {
	if state == 0 {
		return nil
	}
	return strings.Split(packet.FormatCTState(state), "|")
}

// ctState returns the conntrack state with the given flags.
func ctState(names []string) (uint64, error) {
	var state uint64
	for _, name := range names {
		if i := slices.Index(packet.CTStateFlags, name); i >= 0 {
			state |= 1 << i
			continue
		}
		bits, err := strconv.ParseUint(strings.TrimPrefix(name, "0x"), 16, 64)
		if err != nil || !strings.HasPrefix(name, "0x") {
			return 0, fmt.Errorf("%q is no conntrack flag", name)
		}
		state |= bits
	}
	return state, nil
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (d *packetDoc) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if tok, err := dec.ReadToken(); err != nil {
		return err
	} else if tok.Kind() != '{' {
		return errors.New("a packet must be an object")
	}
	p := (*packet.Packet)(d)
	*p = packet.Packet{}
	var seen uint64
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if tok.Kind() == '}' {
			return nil
		}
		name := tok.String()
		i, ok := wording.FieldNamed[name]
		if !ok {
			return fmt.Errorf("a packet has no field %q", name)
		}
		if seen>>i&1 != 0 {
			return fmt.Errorf("field %q: its bits are given twice", name)
		}
		seen |= 1 << i
		v, err := readField(dec, wording.Fields[i].Field())
		if err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
		p.Set(wording.Fields[i].Field(), v)
	}
}

func readField(dec *jsontext.Decoder, f *packet.Field) (packet.Value, error) {
	if f.Kind == packet.KindCTState {
		return readFlags(dec, f)
	}
	raw, err := dec.ReadToken()
	if err != nil {
		return packet.Value{}, err
	}
	v, err := fieldValue(f, raw.Kind(), raw.String())
	if err != nil {
		return v, err
	}
	if v.Len() > f.Bits {
		return v, fmt.Errorf("%s does not fit into %d bits", f.Format(v), f.Bits)
	}
	return v, nil
}

func readFlags(dec *jsontext.Decoder, f *packet.Field) (packet.Value, error) {
	if tok, err := dec.ReadToken(); err != nil {
		return packet.Value{}, err
	} else if tok.Kind() != '[' {
		return packet.Value{}, errors.New("not an array of flags")
	}
	var names []string
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return packet.Value{}, err
		}
		switch tok.Kind() {
		case ']':
			state, err := ctState(names)
			if err == nil && packet.Uint(state).Len() > f.Bits {
				err = fmt.Errorf("%#x does not fit into %d bits", state, f.Bits)
			}
			return packet.Uint(state), err
		case '"':
			names = append(names, tok.String())
		default:
			return packet.Value{}, errors.New("not an array of flags")
		}
	}
}

// fieldValue parses a value in the format of writeField.
func fieldValue(f *packet.Field, kind jsontext.Kind, text string) (packet.Value, error) {
	quoted := f.Kind == packet.KindEthernet || f.Kind == packet.KindIPv4 || f.Kind == packet.KindIPv6 || f.Bits > 64
	switch {
	case quoted && kind != '"':
		return packet.Value{}, errors.New("not a string")
	case !quoted && kind != '0':
		return packet.Value{}, errors.New("not a number")
	}
	var v packet.Value
	ok := false
	switch {
	case f.Kind == packet.KindEthernet:
		v.Lo, ok = packet.ParseMAC(text)
	case f.Kind == packet.KindIPv4:
		v.Lo, ok = packet.ParseIPv4(text)
	case f.Kind == packet.KindIPv6:
		v, ok = packet.ParseIPv6(text)
	case quoted:
		v, ok = parseHex(text)
	default:
		u, err := strconv.ParseUint(text, 10, 64)
		v, ok = packet.Uint(u), err == nil
	}
	if !ok {
		return v, fmt.Errorf("bad value %q", text)
	}
	return v, nil
}

// parseHex parses a number of up to 128 bits in the format of packet.AppendHex.
func parseHex(s string) (packet.Value, bool) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || len(digits) == 0 || len(digits) > 32 {
		return packet.Value{}, false
	}
	var v packet.Value
	var err error
	if n := len(digits) - 16; n > 0 {
		if v.Hi, err = strconv.ParseUint(digits[:n], 16, 64); err != nil {
			return v, false
		}
		digits = digits[n:]
	}
	v.Lo, err = strconv.ParseUint(digits, 16, 64)
	return v, err == nil
}
