package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version and what it models",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := "devel"
			if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
				v = b.Main.Version
			}
			_, err := fmt.Fprintf(c.out, "nfwhy %s (%s, models Linux 6.18, iptables 1.8.9)\n", v, runtime.Version())
			return err
		},
	}
}
