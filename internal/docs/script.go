package docs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// A Step is a block of commands in a document, and what the document shows of
// their output.
//
// The commands stand in a fence of the language sh, as a person would paste
// them.  A fence of the language text that follows at once is their standard
// output, in which a line "..." stands for any number of lines.  A comment on
// the line before the commands says what is not plain to see:
//
//	<!-- exit 1 -->                   the last command exits with that status
//	<!-- needs ovsdb-server ... -->   programs without which it cannot run
//	<!-- not run: REASON -->          it does not run in a test, and why
//	<!-- stderr -->                   the output shown holds standard error too
//
// A fence of any language after the comment
//
//	<!-- file NAME -->
//
// is a file that the reader saves.
type Step struct {
	Line     int    // of the first command, from 1
	Commands string // with newlines; of a file its content
	File     string // the name under which Commands are saved, "" for commands
	Exit     int
	Needs    []string // programs
	NotRun   string   // why, "" where it runs
	Stderr   bool     // whether Output holds standard error too

	Shows            bool   // whether the document shows output
	Output           string // as shown, with newlines
	outFrom, outUpto int    // the lines of Output, from 0
}

// FormatError says where a document is not as [Step] says.
type FormatError struct {
	Line int
	Text string
}

func (e *FormatError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Steps returns the steps of a Markdown document, in their order.
func Steps(document string) ([]Step, error) {
	lines := strings.Split(document, "\n")
	var steps []Step
	for i := 0; i < len(lines); i++ {
		language, fence := strings.CutPrefix(lines[i], "```")
		switch {
		case !fence && strings.HasPrefix(lines[i], "    ") && isCommand(strings.TrimSpace(lines[i])):
			return nil, &FormatError{i + 1, "a command in an indented block, which no test runs: put it between ```sh and ```"}
		case !fence:
			continue
		}
		end := closing(lines, i)
		if end < 0 {
			return nil, &FormatError{i + 1, "a fence that nothing closes"}
		}
		s := Step{Line: i + 2, Commands: joined(lines[i+1 : end])}
		for j := i - 1; j >= 0 && strings.HasPrefix(lines[j], "<!--"); j-- {
			if err := s.remark(lines[j]); err != nil {
				return nil, &FormatError{j + 1, err.Error()}
			}
		}
		switch {
		case s.File != "":
			steps = append(steps, s)
		case language == "sh":
			if next := skipBlank(lines, end+1); next < len(lines) && lines[next] == "```text" {
				upto := closing(lines, next)
				if upto < 0 {
					return nil, &FormatError{next + 1, "a fence that nothing closes"}
				}
				s.Shows, s.outFrom, s.outUpto = true, next+1, upto
				s.Output = joined(lines[next+1 : upto])
				end = upto
			}
			steps = append(steps, s)
		case slices.Contains(otherShells, language):
			return nil, &FormatError{i + 1, "commands stand between ```sh and ```, so that they are run and can be pasted"}
		}
		i = end
	}
	return steps, nil
}

// otherShells are the languages under which commands would not be found.
var otherShells = []string{"console", "shell", "bash", "shell-session", "shellsession", "terminal"}

// isCommand reports whether a line begins with a program that documents name.
func isCommand(line string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(line, "$ "), " ")
	switch word {
	case "go", "make", "ovnwalk", "ovn-trace", "git", "docker":
		return true
	}
	return false
}

// closing returns the line that closes the fence at i, or -1.
func closing(lines []string, i int) int {
	for j := i + 1; j < len(lines); j++ {
		if lines[j] == "```" {
			return j
		}
	}
	return -1
}

func skipBlank(lines []string, i int) int {
	for i < len(lines) && lines[i] == "" {
		i++
	}
	return i
}

func joined(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// remark reads a comment before commands.
func (s *Step) remark(line string) error {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->"))
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "exit":
		if _, err := fmt.Sscan(rest, &s.Exit); err != nil || s.Exit <= 0 {
			return fmt.Errorf("%q is no exit status", rest)
		}
	case "needs":
		if s.Needs = strings.Fields(rest); len(s.Needs) == 0 {
			return fmt.Errorf("no program is named that the commands need")
		}
	case "not":
		reason, ok := strings.CutPrefix(rest, "run: ")
		if !ok || reason == "" {
			return fmt.Errorf("the commands are not run, and no reason is given")
		}
		s.NotRun = reason
	case "stderr":
		s.Stderr = true
	case "file":
		if s.File = rest; !filepath.IsLocal(rest) {
			return fmt.Errorf("%q is no file's name below the tree", rest)
		}
	}
	return nil
}

// Shown reports whether output is what a document shows: line by line the same,
// "..." standing for any number of lines.
func Shown(shown, output string) bool {
	return shownLines(strings.Split(shown, "\n"), strings.Split(output, "\n"))
}

func shownLines(shown, output []string) bool {
	for i, line := range shown {
		if line == "..." {
			for from := i; from <= len(output); from++ {
				if shownLines(shown[i+1:], output[from:]) {
					return true
				}
			}
			return false
		}
		if i >= len(output) || output[i] != line {
			return false
		}
	}
	return len(shown) == len(output)
}
