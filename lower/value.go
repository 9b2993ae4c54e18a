package lower

// A value is what a register may hold, as far as the depth of the stack frame depends on it: a pointer derived from one
// of several bases, a number, or either.
type value struct {
	bases uint8 // bit b: may point to somewhere from base b
	// off is for each of the bases the lowest offset, in bytes; unbounded if it is not known.
	off [bases]int32
	num number
	c   int64 // of a constant
}

// The bases of pointers.
const (
	frameBase  = 0 // the frame pointer; 1 to 5 are what the function got in r1 to r5
	loadedBase = 6 // what was loaded from memory that a parameter leads to
	bases      = 7
)

// number is what is known of a value that is a number.
type number uint8

const (
	noNumber number = iota
	constant
	positive // not negative as a signed 64-bit number
	anyNumber
)

// unbounded is an offset that can be arbitrarily low. Offsets below lowest are taken for it: no frame is so deep, so
// it is a loop that goes down.
const (
	unbounded = -1 << 31
	lowest32  = -4096
	highest32 = 1 << 20
)

func shift(off int32, by int64) int32 {
	if off == unbounded || by < lowest32 {
		return unbounded
	}
	n := min(int64(off)+min(by, highest32), highest32)
	if n < lowest32 {
		return unbounded
	}
	return int32(n)
}

func known(c int64) value { return value{num: constant, c: c} }

var someNumber = value{num: anyNumber}

// pointer is a pointer from a base, or a number: what is not certain to point anywhere.
func pointer(base int, n number) value {
	return value{bases: 1 << base, num: n}
}

// join is a value that may be either of two.
func join(a, b value) value {
	out := a
	out.mergeBases(b)
	out.num, out.c = joinNumbers(a, b)
	return out
}

func (v *value) mergeBases(b value) {
	for i := range bases {
		bit := uint8(1) << i
		switch {
		case b.bases&bit == 0:
		case v.bases&bit == 0:
			v.off[i] = b.off[i]
		default:
			v.off[i] = min(v.off[i], b.off[i])
		}
	}
	v.bases |= b.bases
}

func joinNumbers(a, b value) (number, int64) {
	switch {
	case a.num == noNumber:
		return b.num, b.c
	case b.num == noNumber:
		return a.num, a.c
	case a.num == constant && b.num == constant && a.c == b.c:
		return constant, a.c
	case a.notNegative() && b.notNegative():
		return positive, 0
	}
	return anyNumber, 0
}

// notNegative reports whether a number cannot be negative.
func (v value) notNegative() bool { return v.num == positive || v.num == constant && v.c >= 0 }

// plus adds two values: a pointer stays one if the other is a number.
func (v value) plus(w value) value {
	out := value{num: anyNumber}
	switch {
	case v.num == noNumber || w.num == noNumber:
		out.num = noNumber
	case v.num == constant && w.num == constant:
		out.num, out.c = constant, v.c+w.c
	case v.notNegative() && w.notNegative():
		out.num = positive
	}
	out.mergeBases(v.moved(w))
	out.mergeBases(w.moved(v))
	return out
}

// moved is a pointer with a number added.
func (v value) moved(n value) value {
	out := value{bases: v.bases}
	for i := range bases {
		switch {
		case v.bases&(1<<i) == 0:
		case n.num == constant:
			out.off[i] = shift(v.off[i], n.c)
		case n.num == positive:
			out.off[i] = v.off[i]
		default:
			out.off[i] = unbounded
		}
	}
	return out
}

// minus subtracts.
func (v value) minus(w value) value {
	out := value{num: anyNumber}
	switch {
	case v.num == constant && w.num == constant:
		out.num, out.c = constant, v.c-w.c
	case v.num == noNumber && w.bases == 0:
		out.num = noNumber
	}
	n := someNumber
	if w.num == constant && w.bases == 0 {
		n = known(-w.c)
	}
	out.mergeBases(v.moved(n))
	return out
}

// widen makes whatever still changes from one round to the next as unknown as it can become, so that the rounds end.
func widen(old, v value) value {
	for i := range bases {
		if v.bases&(1<<i) != 0 && old.bases&(1<<i) != 0 && v.off[i] < old.off[i] {
			v.off[i] = unbounded
		}
	}
	if v.num != old.num && old.num != noNumber {
		v.num, v.c = anyNumber, 0
	}
	return v
}
