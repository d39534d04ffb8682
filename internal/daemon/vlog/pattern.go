package vlog

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// message is a message for one destination.
type message struct {
	log    *Log
	module string
	level  Level
	text   string
	now    time.Time
}

// format formats a message by a pattern, in which conversions begin with "%". Optional
// flags are "-" (align left) and "0" (fill with zeros), followed by a width.
func (m *message) format(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			i++
			continue
		}
		i++
		left, zero := false, false
		if i < len(pattern) && pattern[i] == '-' {
			left = true
			i++
		}
		if i < len(pattern) && pattern[i] == '0' {
			zero = true
			i++
		}
		width := 0
		for ; i < len(pattern) && pattern[i] >= '0' && pattern[i] <= '9'; i++ {
			width = min(10*width+int(pattern[i]-'0'), maxWidth)
		}
		if i == len(pattern) {
			break
		}
		conversion := pattern[i]
		i++
		option := ""
		if strings.IndexByte("cdD", conversion) >= 0 && i < len(pattern) && pattern[i] == '{' {
			if end := strings.IndexByte(pattern[i:], '}'); end > 0 {
				option = pattern[i+1 : i+end]
				i += end + 1
			}
		}
		text := m.convert(conversion, option)
		if pad := width - len(text); pad > 0 {
			switch {
			case left && zero:
				text += strings.Repeat("0", pad)
			case left:
				text += strings.Repeat(" ", pad)
			case zero:
				text = strings.Repeat("0", pad) + text
			default:
				text = strings.Repeat(" ", pad) + text
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// maxWidth bounds the widths of a pattern.
const maxWidth = 200

// convert returns the value of a conversion.
func (m *message) convert(c byte, option string) string {
	switch c {
	case 'A':
		return m.log.Program
	case 'B':
		return strconv.Itoa(16<<3 + []int{1, 1, 3, 4, 5, 7}[m.level]) // facility local0
	case 'c':
		return m.module
	case 'd':
		return strftime(option, m.now)
	case 'D':
		return strftime(option, m.now.UTC())
	case 'E':
		host, err := os.Hostname()
		if err != nil {
			return ""
		}
		return host
	case 'm':
		return m.text
	case 'N':
		return strconv.Itoa(m.log.count)
	case 'n':
		return "\n"
	case 'p':
		return m.level.String()
	case 'P':
		return strconv.Itoa(os.Getpid())
	case 'r':
		return strconv.FormatInt(m.now.Sub(m.log.started).Milliseconds(), 10)
	case 't':
		return "main"
	case 'T':
		return ""
	}
	return string(c)
}

// layouts are the supported conversions of strftime(3).
var layouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
	'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'j': "002", 'Z': "MST", 'z': "-0700",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
}

// strftime formats a time as strftime(3) does; "###" stands for milliseconds.
func strftime(format string, t time.Time) string {
	if format == "" {
		format = "%Y-%m-%d %H:%M:%S.###"
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] == '%' && i+1 < len(format) {
			i++
			switch layout, ok := layouts[format[i]]; {
			case ok:
				b.WriteString(t.Format(layout))
			case format[i] == 's':
				b.WriteString(strconv.FormatInt(t.Unix(), 10))
			default:
				b.WriteByte(format[i])
			}
			continue
		}
		b.WriteByte(format[i])
	}
	return strings.ReplaceAll(b.String(), "###", fmt.Sprintf("%03d", t.Nanosecond()/1e6))
}
