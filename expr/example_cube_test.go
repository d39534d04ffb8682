package expr_test

import (
	"fmt"
	"log"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// cubes returns the cubes of a match, of which there are few.
func cubes(text string) []expr.Cube {
	out, ok := expr.Cubes(expr.Annotate(parse(text)), 100, func(string) bool { return true })
	if !ok {
		log.Fatal("too many cubes")
	}
	return out
}

// A match is the sum of its cubes, each of which fixes bits of fields.
func ExampleCubes() {
	e := expr.Annotate(parse("ip4 && tcp.dst == {80, 443}"))
	cubes, ok := expr.Cubes(e, 100, func(port string) bool { return true })
	if !ok {
		log.Fatal("too many cubes")
	}
	for _, c := range cubes {
		fmt.Println(expr.Format(c.Expr()))
	}
	// Output:
	// eth.type == 0x800 && ip.proto == 0x6 && tcp.dst == 0x50
	// eth.type == 0x800 && ip.proto == 0x6 && tcp.dst == 0x1bb
}

// Whether one match leaves anything for another is asked cube by cube: here a
// rule of a lower priority that never gets a packet.
func ExampleCube_Within() {
	higher, lower := cubes("ip4.src == 10.0.0.0/8"), cubes("ip4.src == 10.1.2.3 && tcp.dst == 22")
	hidden := func(c expr.Cube) bool {
		return slices.ContainsFunc(higher, c.Within)
	}
	for _, c := range lower {
		fmt.Println("hidden:", hidden(c))
	}
	// Output: hidden: true
}

// What a cube fixes may be asked symbol by symbol.
func ExampleCube_Exact() {
	c := cubes(`inport == "vm1" && ip4.dst == 10.0.0.0/24 && ip.ttl == 64`)[0]
	for _, symbol := range c.Symbols() {
		switch v, port, ok := c.Exact(symbol); {
		case !ok:
			fmt.Println(symbol, "is fixed in part")
		case port != "":
			fmt.Println(symbol, "is", expr.Quote(port))
		default:
			fmt.Printf("%s is %s\n", symbol, packet.AppendHex(nil, v))
		}
	}
	// Output:
	// eth.type is 0x800
	// inport is "vm1"
	// ip.ttl is 0x40
	// ip4.dst is fixed in part
}

// The terms of a cube are comparisons for equality, perhaps of some bits alone.
func ExampleCube_Terms() {
	for _, cmp := range cubes("ip4.src == 10.0.0.0/8 && udp")[0].Terms() {
		fmt.Printf("%s: %d bits\n", cmp.Symbol.Name, cmp.Mask.OnesCount())
	}
	// Output:
	// eth.type: 16 bits
	// ip.proto: 8 bits
	// ip4.src: 8 bits
}

// Two matches overlap where their cubes meet, in packets that both take.
func ExampleCube_Intersect() {
	a, b := cubes("ip4.src == 10.0.0.0/8")[0], cubes("tcp.dst == 80 && ip4")[0]
	if !a.Meets(b) {
		return
	}
	both, ok := a.Intersect(b)
	fmt.Println(expr.Format(both.Expr()), ok)
	// Output: eth.type == 0x800 && ip.proto == 0x6 && ip4.src[24..31] == 0xa && tcp.dst == 0x50 true
}
