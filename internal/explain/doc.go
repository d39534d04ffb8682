// Package explain explains the path of a packet: the flows that came closest to matching and the part of
// each that failed, the northbound rows that caused the outcome, and the flows elsewhere that name an
// address.
package explain
