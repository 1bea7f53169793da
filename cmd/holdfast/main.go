// Command holdfast is Holdfast: server and tools in one binary.
package main

import (
	"os"

	"holdfast/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
