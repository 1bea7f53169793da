// Command holdfast is Holdfast: server and tools in one binary.
package main

import (
	"os"
	_ "time/tzdata" // customers' time zones, wherever it runs

	"holdfast/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
