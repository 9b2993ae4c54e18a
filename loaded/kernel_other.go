//go:build !linux

package loaded

import (
	"errors"
	"fmt"
)

// running is the kernel of the machine, which has no programs that this package can read.
type running struct{}

var errOther = fmt.Errorf("programs that are loaded can be read on Linux only: %w", errors.ErrUnsupported)

func (running) nextProgram(uint32) (uint32, error) { return 0, errOther }
func (running) nextLink(uint32) (uint32, error)    { return 0, errOther }
func (running) program(uint32) (*program, error)   { return nil, errOther }
func (running) pinned(string) (*program, error)    { return nil, errOther }
func (running) programOf(int) (*program, error)    { return nil, errOther }
func (running) link(uint32) (*traceLink, error)    { return nil, errOther }
func (running) types(uint32) ([]byte, error)       { return nil, errOther }
func (running) array(uint32) (*array, error)       { return nil, errOther }
