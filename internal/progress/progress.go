// Package progress counts the steps of long work for a bar that shows them.  The
// context of the work carries the counter, so that packages between the two need not
// pass it on.
package progress

import "context"

// Counter takes how many steps were done and how many more there are to do, since it
// was last called.  Several goroutines may call it.
type Counter func(done, more int)

type key struct{}

// With returns a context whose work is counted.
func With(ctx context.Context, c Counter) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Add counts steps of the work that a context is for.
func Add(ctx context.Context, done, more int) {
	if c, ok := ctx.Value(key{}).(Counter); ok {
		c(done, more)
	}
}
