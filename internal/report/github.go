package report

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// Annotation is a message that GitHub shows beside a line of a file.
type Annotation struct {
	Level     string // error, warning or notice
	File      string
	Line, Col int // 0 for none
	Title     string
	Lines     []string
}

var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// String returns the annotation as a workflow command.
func (a Annotation) String() string {
	place := ""
	if a.Line > 0 {
		place = fmt.Sprintf(",line=%d,col=%d", a.Line, max(1, a.Col))
	}
	return fmt.Sprintf("::%s file=%s%s,title=%s::%s", a.Level, githubProperty.Replace(escape.Text(a.File)), place, githubProperty.Replace(escape.Text(a.Title)), githubData.Replace(strings.Join(escape.All(a.Lines), "\n")))
}
