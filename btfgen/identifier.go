package btfgen

// identify gives the types that stay names that are identifiers, as the kernel wants them: those of C++ templates and
// operators are none, and what makes them none is replaced.
func (m *Merger) identify(keep []bool) {
	const unknown = 0
	as := make([]uint32, m.strs.Len()) // by string, what it becomes
	for v := uint32(1); v < m.nodes(); v++ {
		if !keep[v] {
			continue
		}
		w := m.at(v)
		if !identified(w[wInfo]) || w[wName] == 0 {
			continue
		}
		to := &as[w[wName]]
		if *to == unknown {
			*to = m.identifier(w[wName])
		}
		if *to != w[wName] {
			w[wName] = *to
			m.unsure = true // there may be a type of that name
		}
	}
}

// identified reports whether a type is of those whose names have to be identifiers. The name of a global FUNC is its
// symbol's, and stays.
func identified(info uint32) bool {
	switch infoKind(info) {
	case Struct, Union, Enum, Enum64, Fwd, Typedef:
		return true
	case Func:
		return infoVlen(info) == Static
	}
	return false
}

func (m *Merger) identifier(number uint32) uint32 {
	name := m.strs.At(number)
	for i := range len(name) {
		if !identifies(name[i]) {
			safe := []byte(name)
			for i, c := range safe {
				if !identifies(c) {
					safe[i] = '_'
				}
			}
			return m.strs.Add(string(safe))
		}
	}
	return number
}

func identifies(c byte) bool {
	return c == '_' || c == '.' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
