package lower

import (
	"fmt"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// decode takes the functions apart and finds who calls whom.
func (s *state) decode() {
	for i := range s.funcs {
		s.decodeFunc(&s.funcs[i])
	}
	for i := range s.funcs {
		f := &s.funcs[i]
		for k := range f.Refs {
			switch r := &f.Refs[k]; r.Kind {
			case Address:
				s.funcs[r.Func].taken = true
				f.callees = append(f.callees, r.Func)
			case Callee:
				s.funcs[r.Func].callers = append(s.funcs[r.Func].callers, call{f, int(r.Off / code.InsnSize)})
				f.callees = append(f.callees, r.Func)
			}
		}
		for _, site := range f.Sites {
			if site.Lower {
				f.callees = append(f.callees, site.Callee)
			}
		}
		slices.Sort(f.callees)
		f.callees = slices.Compact(f.callees)
	}
	for i := range s.funcs {
		if f := &s.funcs[i]; f.Entry == Main && (len(f.callers) > 0 || f.taken) {
			f.problem("it is a program, and other code calls it as well")
		}
	}
}

func (f *function) problem(format string, args ...any) {
	if f.Problem == "" {
		f.Problem = fmt.Sprintf(format, args...)
	}
}

func (s *state) decodeFunc(f *function) {
	n := len(f.Code) / code.InsnSize
	f.insn, f.form = make([]code.Insn, n), make([]code.Form, n)
	f.live, f.must, f.may = make([]code.Regs, n), make([]code.Regs, n), make([]code.Regs, n)
	f.refAt, f.siteAt = make(map[int]*Ref, len(f.Refs)), make(map[int]int, len(f.Sites))
	f.blocks, f.zero = make([]block, len(f.Sites)), map[int]code.Regs{}
	for i := range f.Refs {
		f.refAt[int(f.Refs[i].Off/code.InsnSize)] = &f.Refs[i]
	}
	for i := range f.Sites {
		if _, ok := f.siteAt[f.slot(i)]; ok {
			f.problem("it has two sites at one instruction")
		}
		f.siteAt[f.slot(i)] = i
	}
	s.decodeInsns(f)
	f.findTables()
	for i := 0; i < n && f.Problem == ""; i++ {
		f.checkFlow(i)
	}
	if f.Problem != "" {
		return
	}
	f.joined = make([]bool, n)
	for i := range f.form {
		f.eachNext(i, func(to int) { f.joined[to] = f.joined[to] || to != f.next(i) || f.form[i] == code.Jump })
	}
	for i := range f.Sites {
		if slot := f.slot(i); slot >= n || f.form[slot] == half || !f.Sites[i].Insert && f.form[slot] != code.Jump {
			f.problem("a site is not at an instruction of its own")
		}
	}
}

// decodeInsns takes the instructions of a function apart.
func (s *state) decodeInsns(f *function) {
	n := len(f.form)
	if n == 0 {
		f.problem("it is empty")
	}
	for i := 0; i < n; i++ {
		in := code.Decode(s.Order, f.Code, uint64(i*code.InsnSize))
		f.insn[i], f.form[i] = in, in.Form()
		switch f.form[i] {
		case code.Unknown:
			f.problem("instruction %d, with opcode %#02x, is not one that this linker knows", i, in.Op)
		case code.LoadImm:
			if i+1 == n || f.Code[(i+1)*code.InsnSize] != 0 {
				f.problem("instruction %d is half of a 64-bit load", i)
				return
			}
			i++
			f.form[i] = half
		}
	}
}

func (f *function) slot(site int) int { return int(f.Sites[site].Off / code.InsnSize) }

// checkFlow checks that control stays in the function.
func (f *function) checkFlow(i int) {
	inside := func(to int) {
		if to < 0 || to >= len(f.form) || f.form[to] == half {
			f.problem("instruction %d leads out of the function, or into the middle of another instruction", i)
		}
	}
	switch f.form[i] {
	case code.JumpTable:
		if len(f.tables) == 0 {
			f.problem("instruction %d jumps by a table that is not found", i)
		}
		for _, to := range f.tables {
			inside(to)
		}
	default:
		f.eachNext(i, inside)
	}
}

// next is the slot of the instruction after one.
func (f *function) next(i int) int {
	if f.form[i] == code.LoadImm {
		return i + 2
	}
	return i + 1
}

// eachNext calls fn for the slots that control can go to from one.
func (f *function) eachNext(i int, fn func(to int)) {
	switch f.form[i] {
	case half, code.Exit:
	case code.Jump:
		fn(f.target(i))
	case code.JumpIf, code.JumpMaybe:
		fn(i + 1)
		fn(f.target(i))
	case code.JumpTable:
		for _, to := range f.tables {
			fn(to)
		}
	default:
		fn(f.next(i))
	}
}

func (f *function) target(i int) int {
	in := f.insn[i]
	if f.form[i] == code.Jump && in.Class() == 6 { // gotol, in the class of 32-bit jumps
		return i + 1 + int(in.Imm)
	}
	return i + 1 + int(in.Off)
}

// findTables notes where a gotox in the function can lead: to the entries of its jump tables, and to the labels in data.
func (f *function) findTables() {
	for i := range f.Refs {
		for _, off := range f.Refs[i].Targets {
			f.tables = append(f.tables, int(off/code.InsnSize))
		}
	}
	for _, off := range f.Labels {
		f.tables = append(f.tables, int(off/code.InsnSize))
	}
	slices.Sort(f.tables)
	f.tables = slices.Compact(f.tables)
}

// sort orders the functions so that callees come before callers. Functions that call each other in a circle, which
// no kernel takes, cannot be rewritten, nor can those that call what cannot be understood.
func (s *state) sort() {
	const open, done = 1, 2
	mark := make([]uint8, len(s.funcs))
	type frame struct{ f, next int }
	for root := range s.funcs {
		if mark[root] != 0 {
			continue
		}
		mark[root] = open
		stack := []frame{{root, 0}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			f := &s.funcs[top.f]
			if top.next < len(f.callees) {
				c := f.callees[top.next]
				top.next++
				switch mark[c] {
				case open:
					f.problem("it calls itself, by way of '%s'", s.funcs[c].Name)
				case 0:
					mark[c] = open
					stack = append(stack, frame{c, 0})
				}
				continue
			}
			mark[top.f] = done
			s.bottomUp = append(s.bottomUp, f)
			stack = stack[:len(stack)-1]
		}
	}
	for _, f := range s.bottomUp {
		for _, c := range f.callees {
			if p := &s.funcs[c]; p.Problem != "" {
				f.problem("it calls '%s', of which %s", p.Name, p.Problem)
			}
		}
	}
}
