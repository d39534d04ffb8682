package gzip

import "math/bits"

// A table maps the next bits of the input to a symbol. Codes longer than the table's
// index lead to a link, the position of a smaller table for the bits that follow. An
// entry has, from its lowest bit on:
//
//	number of bits of the code              5 bits
//	number of bits that follow it           4 bits
//	flags                                   4 bits
//	literal, or smallest length or distance, or position of a table    from bit 16
const (
	bitsMask   = 31
	extraShift = 5
	extraMask  = 15
	isLiteral  = 1 << 9
	isLink     = 1 << 10
	isEnd      = 1 << 11
	isBad      = 1 << 12
	valueShift = 16

	maxCode = 15 // bits

	litBits     = 11
	subBits     = maxCode - litBits
	distBits    = 9
	distSubBits = maxCode - distBits

	litSymbols  = 288
	distSymbols = 32
)

type (
	litTable  [1<<litBits + litSymbols<<subBits]uint32
	distTable [1<<distBits + distSymbols<<distSubBits]uint32
)

// entries of the symbols, without the bits of their codes.
var litEntries, distEntries = func() (lit [litSymbols]uint32, dist [distSymbols]uint32) {
	for i := range 256 {
		lit[i] = isLiteral | uint32(i)<<valueShift
	}
	lit[256] = isEnd
	base := uint32(3)
	for i := 257; i < 285; i++ {
		extra := uint32(max(0, (i-261)/4))
		lit[i] = extra<<extraShift | base<<valueShift
		base += 1 << extra
	}
	lit[285] = 258 << valueShift
	lit[286], lit[287] = isBad, isBad
	base = 1
	for i := range 30 {
		extra := uint32(max(0, (i-2)/2))
		dist[i] = extra<<extraShift | base<<valueShift
		base += 1 << extra
	}
	dist[30], dist[31] = isBad, isBad
	return lit, dist
}()

// build fills a table of 1<<index entries and the tables of its links for codes of the
// given lengths. It reports whether the lengths form a valid code.
func build(table []uint32, index int, lengths []uint8, entries []uint32) bool {
	var count [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	var next [maxCode + 2]int
	code, used := 0, 0
	for n := 1; n <= maxCode; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		used += count[n] << (maxCode - n)
	}
	single := used == 1<<(maxCode-1) && count[1] == 1
	if used != 1<<maxCode && used != 0 && !single {
		return false
	}
	if used != 1<<maxCode {
		for i := range 1 << index {
			table[i] = isBad | 1
		}
	}
	sub := maxCode - index
	free := 1 << index              // position of the next link's table
	link := -1                      // position of the last one in the table
	for n := 1; n <= maxCode; n++ { // links with the same position are adjacent
		if count[n] == 0 {
			continue
		}
		for symbol, length := range lengths {
			if int(length) != n {
				continue
			}
			reversed := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
			next[n]++
			e := entries[symbol] | uint32(n)
			if n <= index {
				for i := reversed; i < 1<<index; i += 1 << n {
					table[i] = e
				}
				continue
			}
			if at := reversed & (1<<index - 1); at != link {
				link = at
				table[at] = isLink | uint32(free)<<valueShift
				free += 1 << sub
			}
			for i := reversed >> index; i < 1<<sub; i += 1 << (n - index) {
				table[int(table[link]>>valueShift)+i] = e
			}
		}
	}
	return true
}

var fixedLit, fixedDist = func() (lit litTable, dist distTable) {
	var lengths [litSymbols]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	build(lit[:], litBits, lengths[:], litEntries[:])
	var fives [distSymbols]uint8
	for i := range fives {
		fives[i] = 5
	}
	build(dist[:], distBits, fives[:], distEntries[:])
	return lit, dist
}()

// codeOrder is the order in which a block lists the lengths of the codes for lengths.
var codeOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables reads the codes of a block.
func (d *decoder) tables() error {
	sizes, err := d.take(14)
	if err != nil {
		return err
	}
	lits, dists, codes := sizes&31+257, sizes>>5&31+1, sizes>>10+4
	if lits > 286 {
		return corrupt("more codes than there are symbols")
	}
	var short [19]uint8
	for i := range codes {
		n, err := d.take(3)
		if err != nil {
			return err
		}
		short[codeOrder[i]] = uint8(n)
	}
	var entries [19]uint32
	for i := range entries {
		entries[i] = uint32(i) << valueShift
	}
	const index = 7
	var table [1 << index]uint32
	if !build(table[:], index, short[:], entries[:]) {
		return corrupt("lengths that make no code")
	}
	var lengths [litSymbols + distSymbols]uint8
	for i := 0; i < lits+dists; {
		if err := d.need(1); err != nil {
			return err
		}
		ended := d.need(14) // after the last code there may be fewer
		e := table[d.bits&(1<<index-1)]
		switch isBad := e&isBad != 0; {
		case uint(e&bitsMask) > d.n, isBad && ended != nil:
			return ended
		case isBad:
			return corrupt("a code that does not exist")
		}
		d.drop(uint(e & bitsMask))
		symbol := int(e >> valueShift)
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		repeat := [3]struct{ least, extra int }{{3, 2}, {3, 3}, {11, 7}}[symbol-16]
		more, err := d.take(uint(repeat.extra))
		if err != nil {
			return err
		}
		n := repeat.least + more
		if i+n > lits+dists || symbol == 16 && i == 0 {
			return corrupt("lengths beyond the last one")
		}
		for range n {
			if symbol == 16 {
				lengths[i] = lengths[i-1]
			}
			i++
		}
	}
	if lengths[256] == 0 || !build(d.lit[:], litBits, lengths[:lits], litEntries[:]) || !build(d.dist[:], distBits, lengths[lits:lits+dists], distEntries[:]) {
		return corrupt("lengths that make no code")
	}
	return nil
}
