//go:build !unix

package mutate

import "time"

var started = time.Now()

// processTime is how long the process has run: of processors nothing is known here.
func processTime() time.Duration { return time.Since(started) }
