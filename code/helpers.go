package code

//go:generate go run ../scripts/helpers -o helpers_table.go

// helperVoid marks, in the table, a helper that leaves r0 unset; the bits below count arguments.
const helperVoid = 0x80

// HelperArgs tells how many argument registers the helper function of an id takes, r1 to rN, and whether it returns
// nothing: the verifier takes r0 for unset after such a call. Of a helper that is not known here, and of one with a
// variable number of arguments, all five registers may be arguments.
func HelperArgs(id int32) (n int, void bool) {
	if id < 0 || int(id) >= len(helperTable) {
		return 5, false
	}
	h := helperTable[id]
	return int(h &^ helperVoid), h&helperVoid != 0
}
