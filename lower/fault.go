package lower

// Fault is a mistake that lowering makes on purpose: tests have to notice it.
type Fault uint8

// The faults.
const (
	NoFault         Fault = iota
	DropSave              // the first register is not saved
	UseLiveR6             // a register that is still read is taken for a free one
	SequentialMoves       // arguments are moved in order, over each other
	SlotHigh              // registers are saved 8 bytes too high on the stack
)

// fault is NoFault but in tests.
var fault = NoFault
