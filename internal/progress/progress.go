// Package progress counts the steps of long operations for a progress bar. The counter is a
// value of the operation's context, so that packages between the two need not pass it on.
package progress

import "context"

// Counter receives the number of steps that were done and of steps that were added since
// the last call. It may be called from several goroutines.
type Counter func(done, more int)

type key struct{}

// With returns a context with a counter.
func With(ctx context.Context, c Counter) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Add counts steps of the operation of a context.
func Add(ctx context.Context, done, more int) {
	if c, ok := ctx.Value(key{}).(Counter); ok {
		c(done, more)
	}
}
