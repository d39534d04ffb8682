package archtest

// packageRule is a package and the others of this module that it imports.
type packageRule struct {
	name    string
	imports []string
	reason  string
}

// packageRules has a row for every package.  A package imports what its row names,
// and nothing else; what is named is imported.  Tests may import anything.  The
// linter's rules are generated from this table:
//
//	go test ./internal/archtest -update
var packageRules = []packageRule{
	{"dialect", nil, "what releases differ in is data that everyone reads"},
	{"packet", nil, "a packet is a plain value"},
	{"internal/ovstext", []string{"packet"}, "an address is read, whatever it is of"},
	{"expr/lex", []string{"internal/ovstext", "packet"}, "tokens know numbers and nothing of fields"},
	{"expr/internal/syntax", []string{"expr/lex"}, "a cursor knows tokens and nothing of fields"},
	{"expr/grammar", []string{"expr/lex"}, "syntax knows no fields, releases or networks"},
	{"expr", []string{"dialect", "expr/grammar", "expr/internal/syntax", "expr/lex", "packet"}, "a match knows packets, not networks"},
	{"expr/action", []string{"dialect", "expr", "expr/grammar", "expr/internal/syntax", "expr/lex", "internal/ovstext", "packet"}, "an action is a tree; carrying it out is sim's"},
	{"trace", []string{"packet"}, "a trace is data that needs neither network nor walk"},
	{"internal/northd", []string{"dialect", "packet"}, "what northd writes is known without a network"},
	{"verdict", []string{"internal/northd", "packet", "trace"}, "how a walk ended is read off its trace"},
	{"internal/mmapfault", nil, "a fault is a fault, whatever was read"},
	{"internal/escape", nil, "a name is escaped alike wherever it is shown"},
	{"internal/page", []string{"internal/escape"}, "a page is a page, whatever is on it"},
	{"internal/atomicfile", nil, "a file is written whole, whatever is in it"},
	{"internal/ovsdb/jsonscan", nil, "JSON is scanned, whatever it says"},
	{"internal/ovsdb/memory", nil, "bytes are bytes"},
	{"internal/ovsdb", []string{"internal/ovsdb/jsonscan", "internal/ovsdb/memory"}, "rows know nothing of what OVN means by them, nor of where they come from"},
	{"internal/ovsdb/client", []string{"internal/ovsdb", "internal/ovsdb/jsonscan", "internal/ovsdb/memory"}, "a server is a source of rows"},
	{"internal/ovsdb/logfile", []string{"internal/atomicfile", "internal/mmapfault", "internal/ovsdb", "internal/ovsdb/jsonscan"}, "a log is a source of rows"},
	{"internal/ovsdb/index", []string{"internal/atomicfile", "internal/ovsdb", "internal/ovsdb/logfile", "internal/ovsdb/memory"}, "an index belongs to a log"},
	{"internal/ovsdb/archive", []string{"internal/ovsdb", "internal/ovsdb/jsonscan", "internal/ovsdb/logfile", "internal/ovsdb/memory"}, "an archive holds sources of rows"},
	{"internal/ovsdb/dump", []string{"internal/ovsdb", "internal/ovsdb/jsonscan"}, "a dump is a source of rows"},
	{"internal/ovsdb/open", []string{"internal/mmapfault", "internal/ovsdb", "internal/ovsdb/archive", "internal/ovsdb/client", "internal/ovsdb/dump", "internal/ovsdb/logfile"}, "a source is told by its content and read by the package for it"},
	{"internal/ovsdb/bridge", []string{"internal/ovsdb"}, "rows behind public types are named once"},
	{"lflow", []string{"dialect", "expr", "expr/action", "internal/mmapfault", "internal/ovsdb", "internal/ovsdb/bridge", "internal/ovsdb/client", "internal/ovsdb/index", "internal/ovsdb/memory", "internal/ovsdb/open", "internal/ovstext", "packet", "trace"}, "the network is looked at, never walked, here"},
	{"sim", []string{"dialect", "expr", "expr/action", "internal/ovstext", "lflow", "packet", "trace"}, "the walk ends in a trace, not in text"},
	{"internal/render/cells", nil, "widths of text, whatever it says"},
	{"internal/render/wording", []string{"dialect", "packet", "trace", "verdict"}, "words are chosen by the trace alone"},
	{"internal/render/route", []string{"internal/northd", "internal/render/wording", "packet", "trace", "verdict"}, "the packet's way is read off a trace alone"},
	{"internal/render/tracegraph", []string{"internal/escape", "internal/render/route", "internal/render/wording", "trace"}, "a graph is made from a trace alone"},
	{"internal/render/tracehtml", []string{"internal/page", "internal/render/cells", "internal/render/route", "internal/render/wording", "packet", "trace", "verdict"}, "a page is made from a trace alone"},
	{"tracetext", []string{"internal/escape", "internal/render/cells", "internal/render/wording", "trace", "verdict"}, "text is made from a trace alone"},
	{"tracejson", []string{"internal/escape", "internal/render/wording", "packet", "trace", "verdict"}, "JSON is made from a trace alone"},
	{"internal/tracetest", []string{"internal/demo", "lflow", "packet", "sim", "trace"}, "traces for tests, which no program imports"},
	{"internal/report", []string{"internal/escape"}, "a format knows nothing of what is reported in it"},
	{"internal/demo", nil, "the built-in network is bytes"},
	{"internal/names", []string{"internal/ovsdb", "internal/ovsdb/bridge", "internal/ovstext", "lflow", "packet", "trace"}, "what a system wrote is read off rows, by tables"},
	{"internal/names/find", []string{"internal/escape", "internal/names", "internal/ovsdb", "internal/ovsdb/bridge", "internal/ovstext", "lflow", "packet"}, "a row is found without a flow being parsed"},
	{"internal/address", []string{"expr", "internal/names", "internal/ovsdb", "internal/ovsdb/bridge", "internal/ovstext", "lflow", "packet", "sim", "trace"}, "a packet is made out of the network, which may be asked by a walk"},
	{"internal/explain", []string{"expr", "expr/action", "expr/grammar", "internal/escape", "internal/ovsdb", "internal/ovsdb/open", "lflow", "packet", "sim", "trace", "verdict"}, "why not is asked of the walk, and told as a trace is"},
	{"internal/input", []string{"internal/names", "dialect", "internal/demo", "internal/explain", "internal/mmapfault", "internal/ovsdb", "internal/ovsdb/client", "lflow", "trace"}, "which databases are read is settled before anything is asked of them"},
	{"internal/suite", []string{"dialect", "expr", "internal/address", "internal/atomicfile", "internal/cluster", "internal/connect", "internal/escape", "internal/explain", "internal/mmapfault", "internal/names", "internal/render/exchange", "internal/render/wording", "internal/report", "lflow", "packet", "sim", "trace", "tracetext", "verdict"}, "suites judge walks; who counts coverage or reads options looks on from outside"},
	{"internal/physical", []string{"internal/escape", "lflow", "packet", "trace"}, "who does what is read off a finished trace"},
	{"internal/packetset", []string{"expr", "packet"}, "a set is of packets, whatever network they are in"},
	{"internal/reach", []string{"dialect", "expr", "expr/action", "internal/address", "internal/packetset", "lflow", "packet", "sim", "trace", "verdict"}, "sets are followed along traces, never walked by themselves"},
	{"internal/witness", []string{"expr", "expr/action", "lflow", "packet"}, "a packet is found by solving, and walked by others"},
	{"internal/vet", []string{"dialect", "expr", "expr/action", "internal/address", "internal/escape", "internal/northd", "internal/report", "lflow", "packet"}, "flows are proven, not walked"},
	{"internal/diff", []string{"expr", "internal/address", "internal/cluster", "internal/connect", "internal/escape", "internal/mmapfault", "internal/northd", "internal/render/exchange", "internal/report", "internal/suite", "internal/witness", "lflow", "packet", "sim", "trace", "verdict"}, "what changed is told by walking both"},
	{"internal/controlplane", []string{"internal/ovsdb", "internal/ovsdb/logfile"}, "programs run on databases, whatever is in them"},
	{"internal/whatif", []string{"internal/controlplane", "internal/diff", "internal/escape", "internal/explain", "internal/ovsdb", "internal/report", "internal/suite", "lflow"}, "what northd makes of a change is compared by diff and by suites"},
	{"internal/coverage", []string{"expr", "internal/escape", "internal/northd", "internal/page", "internal/report", "lflow", "packet"}, "coverage counts flows, whoever walked"},
	{"ovnwalktest", []string{"dialect", "internal/address", "internal/cluster", "internal/demo", "internal/suite", "lflow", "trace", "verdict"}, "a test of somebody else's links no command line"},
	{"internal/lab", []string{"internal/controlplane", "internal/escape"}, "a real control plane is run by its own tools"},
	{"bench/cluster", []string{"internal/lab"}, "a benchmark makes its databases by a real control plane"},
	{"internal/cluster", []string{"dialect", "expr", "internal/ovsdb", "internal/ovsdb/bridge", "lflow", "packet"}, "where the network runs is computed, not walked"},
	{"internal/conntrack", []string{"packet"}, "a connection table knows packets, not networks"},
	{"internal/connect", []string{"dialect", "expr", "expr/action", "internal/address", "internal/cluster", "internal/conntrack", "internal/northd", "lflow", "packet", "sim", "trace", "verdict"}, "a connection is a policy of the walk"},
	{"internal/render/exchange", []string{"internal/connect", "lflow", "packet", "trace", "verdict"}, "words are chosen by what came of the connection alone"},
	{"internal/render/connecthtml", []string{"internal/connect", "internal/page", "internal/render/exchange", "internal/render/wording", "trace"}, "a page is made from an answer alone"},
	{"internal/daemon", nil, "a daemon knows nothing of what it serves"},
	{"internal/daemon/vlog", nil, "a log file is a log file, whatever is logged"},
	{"internal/ovs", nil, "a switch is asked by its own tools"},
	{"internal/cli", []string{"dialect", "expr", "expr/action", "internal/address", "internal/atomicfile", "internal/cluster", "internal/connect", "internal/conntrack", "internal/controlplane", "internal/coverage", "internal/daemon", "internal/daemon/vlog", "internal/demo", "internal/diff", "internal/escape", "internal/explain", "internal/input", "internal/mmapfault", "internal/names", "internal/names/find", "internal/ovs", "internal/ovsdb", "internal/ovsdb/client", "internal/ovsdb/index", "internal/ovsdb/logfile", "internal/ovsdb/open", "internal/page", "internal/physical", "internal/render/cells", "internal/render/connecthtml", "internal/render/exchange", "internal/render/tracegraph", "internal/render/tracehtml", "internal/suite", "internal/vet", "internal/whatif", "lflow", "packet", "sim", "trace", "tracejson", "tracetext", "verdict"}, "the command line is the top of the program"},
	{"cmd/ovnwalk", []string{"internal/cli"}, "the program is its command line"},
	{"internal/docs", []string{"dialect", "expr", "expr/action", "internal/cli"}, "the generated pages are read off the program"},
	{"internal/lab/regenerate", []string{"internal/lab"}, "the corpus is made by a real control plane"},
	{"internal/sbtest", []string{"internal/demo"}, "for tests"},
	{"internal/ovsdb/ovsdbtest", []string{"internal/ovsdb", "internal/ovsdb/logfile", "internal/sbtest"}, "for tests of internal/ovsdb"},
	{"internal/wirelab", []string{"internal/cluster", "internal/connect", "internal/controlplane", "internal/lab", "lflow", "packet"}, "for tests: connections are compared with those of a real control plane"},
}

// libraryRules are the modules that only some packages import.
var libraryRules = []packageRule{
	{"github.com/alecthomas/participle/v2", []string{"expr/action", "expr/grammar", "expr/lex"}, "the grammars are expr's"},
	{"github.com/fatih/color", []string{"internal/cli", "tracetext"}, "colors are made where text is"},
	{"github.com/go-json-experiment/json", []string{"internal/cli", "tracejson"}, "encoding/json serves where speed does not matter"},
	{"github.com/goccy/go-yaml", []string{"internal/suite", "internal/vet"}, "YAML is read where suites and rules are"},
	{"github.com/klauspost/compress", []string{"internal/ovsdb/archive", "internal/ovsdb/logfile", "internal/ovsdb/ovsdbtest"}, "files are packed and unpacked beside what they hold"},
	{"github.com/spf13/cobra", []string{"internal/cli", "internal/docs"}, "the command line is internal/cli's"},
	{"github.com/ulikunitz/xz", []string{"internal/ovsdb/archive", "internal/ovsdb/logfile", "internal/ovsdb/ovsdbtest"}, "files are packed and unpacked beside what they hold"},
	{"testing", []string{"internal/lab", "internal/ovsdb/ovsdbtest", "internal/sbtest", "internal/tracetest", "internal/wirelab"}, "what runs in a command links no tests"},
}
