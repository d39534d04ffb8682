package vet

import (
	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

// ParseConfig reads a configuration file's text.  Keys that it does not know and
// codes that there are not are refused.  The error, if any, is a yaml.Errors.
func ParseConfig(file string, text []byte) (c Config, err error) {
	d, body, err := yaml.NewDecoder(file, text)
	if err != nil || body == nil {
		return Config{}, err
	}
	code := func(t yaml.Text) {
		if err := checkCode(t.Value); err != nil {
			d.Fail(t.Pos, "%v", err)
		}
	}
	d.Fields(body, "the configuration", []string{"ignore", "severity"}, func(key yaml.Text, value yaml.Node) {
		switch {
		case yaml.IsEmpty(value):
			return
		case key.Value == "ignore":
			c.Ignore = ignores(d, value, code)
			return
		}
		entries, _ := d.Entries(value, key.Value)
		for _, e := range entries {
			code(e.Key)
			word, ok := d.Text(d.Resolve(e.Value), e.Key.Value)
			if !ok {
				continue
			}
			if _, err := ParseSeverity(word.Value); err != nil {
				d.Fail(word.Pos, "%v", err)
			}
			if c.Severity == nil {
				c.Severity = map[string]string{}
			}
			c.Severity[e.Key.Value] = word.Value
		}
	})
	if err := d.Err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// ignores parses the findings to omit: codes, and mappings with further conditions.
func ignores(d *yaml.Decoder, n yaml.Node, check func(yaml.Text)) (out []Ignore) {
	entries, _ := d.Members(n, "ignore")
	for _, v := range entries {
		code := yaml.Text{Pos: yaml.PosOf(v)}
		var i Ignore
		if yaml.IsMapping(v) {
			fields := map[string]*string{"stage": &i.Stage, "datapath": &i.Datapath, "match": &i.Match, "reason": &i.Reason}
			d.Fields(v, "an entry", []string{"code", "stage", "datapath", "match", "reason"}, func(key yaml.Text, value yaml.Node) {
				t, _ := d.Text(value, key.Value)
				if key.Value == "code" {
					code = t
				} else {
					*fields[key.Value] = t.Value
				}
			})
		} else {
			code, _ = d.Text(v, "a code")
		}
		check(code)
		i.Code = code.Value
		out = append(out, i)
	}
	return out
}
