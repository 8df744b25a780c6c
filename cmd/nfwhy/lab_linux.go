package main

import "nfwhy/internal/lab"

// labSupported returns nil where labs can be, else what is missing.
func labSupported() error { return lab.Supported() }
