package conntrack

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// zonePair matches a zone in the external_ids of a bridge, where ovn-controller(8) stores it, in
// the output of ovs-vsctl(8).
var zonePair = regexp.MustCompile(`"?ct-zone-([^"=,{}]+)"?="?(\d+)"?`)

// ReadZones returns the names of zones by their numbers, from lines "NAME NUMBER", the output of
// "ovn-appctl -t ovn-controller ct-zone-list", or from any text with ct-zone-NAME="NUMBER", such as
// the output of "ovs-vsctl list Bridge".  The error, if any, is a *DumpError or one of the reader.
func ReadZones(in io.Reader) (map[uint16]string, error) {
	named := map[uint16]string{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxZonesLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		for _, m := range zonePair.FindAllStringSubmatch(line, -1) {
			if err := NameZone(named, m[1], m[2]); err != nil {
				return nil, &DumpError{n, shortened(m[0]), err.Error()}
			}
		}
		name, number, ok := strings.Cut(line, " ")
		if ok && strings.Trim(number, "0123456789") == "" && number != "" {
			if err := NameZone(named, name, number); err != nil {
				return nil, &DumpError{n, shortened(line), err.Error()}
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(named) == 0 {
		return nil, &DumpError{Reason: "no conntrack zones: give the output of ovn-appctl -t ovn-controller ct-zone-list or ovs-vsctl list Bridge, or a conf.db"}
	}
	return named, nil
}

// maxZonesLine is the maximum length of a line, which may contain all external_ids of a bridge.
const maxZonesLine = 16 << 20

// NameZone adds the name of a zone, with its number in decimal.
func NameZone(named map[uint16]string, name, number string) error {
	v, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a zone number", number)
	}
	if other, ok := named[uint16(v)]; ok && other != name {
		return fmt.Errorf("zone %d has two names, %s and %s", v, other, name)
	}
	named[uint16(v)] = name
	return nil
}
