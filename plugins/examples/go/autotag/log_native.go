//go:build !wasip1

package autotag

import "log"

// In tests, a line goes to stderr.
func writeLog(_ Level, message string) { log.Print(message) }
