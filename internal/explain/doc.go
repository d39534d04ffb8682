// Package explain says why a packet went another way than somebody wanted: the
// flows that came closest to matching and the part of each that failed, the
// rows of the northbound database that are to blame, the flows elsewhere that
// name an address.
package explain
