// Command ovnwalk traces packets through OVN's logical flows, offline.
package main

import (
	"context"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/cli"
)

func main() { os.Exit(cli.Main(context.Background())) }
