package mutate

import (
	"encoding/binary"
	"slices"
)

// The operations. Each changes something or, where there is nothing to change, nothing. Odd flags leave references to
// what is moved as they are; even flags renumber them.

func tidy(p op) bool { return p.flags&1 == 0 }

// field chooses a piece and a field of it, ready to be written. It returns nil if there is none.
func (o *object) field(p op, sec int) (*piece, field) {
	var q *piece
	switch i := o.choose(sec, p.a); {
	case i >= 0:
		q = &o.pieces(sec)[i]
	case p.b&1 == 0 || len(o.secs) == 0:
		return nil, field{}
	default:
		q = &o.secs[int(p.a)%len(o.secs)].head
	}
	fs := o.fields(q)
	if len(fs) == 0 {
		return nil, field{}
	}
	q.bytes()
	return q, fs[int(p.b>>1)%len(fs)]
}

func (o *object) setField(p op, sec int) {
	q, f := o.field(p, sec)
	if q == nil {
		return
	}
	if q.kind == secHead && f.off == 48 && p.v&1 == 0 {
		o.put(q.data, f, of(alignment, p.v>>1))
		return
	}
	q.set = true
	o.put(q.data, f, o.value(f, o.get(q.data, f), p.v))
}

// copyField gives a field the value of another of its class.
func (o *object) copyField(p op, sec int) {
	q, f := o.field(p, sec)
	if q == nil {
		return
	}
	from := sec
	if sec < 0 {
		from = -1
	}
	var values []uint64
	collect := func(r *piece) {
		for _, g := range o.fields(r) {
			if g.class == f.class && len(values) < 256 {
				values = append(values, o.get(r.data, g))
			}
		}
	}
	if from < 0 {
		for i := range o.secs {
			collect(&o.secs[i].head)
		}
	} else {
		for i := range o.secs[from].pieces {
			collect(&o.secs[from].pieces[(i+int(p.v>>8))%len(o.secs[from].pieces)])
		}
	}
	if len(values) > 0 {
		o.put(q.data, f, values[int(p.v)%len(values)])
	}
}

func (o *object) flipBit(p op, sec int) {
	i := o.choose(sec, p.a)
	if i < 0 {
		return
	}
	if q := &o.pieces(sec)[i]; len(q.data) > 0 {
		q.bytes()[int(p.b)%len(q.data)] ^= 1 << (p.v & 7)
	}
}

func (o *object) swapPieces(p op, sec int) {
	if i, j := o.choose(sec, p.a), o.choose(sec, p.b); i >= 0 {
		ps := o.pieces(sec)
		ps[i], ps[j] = ps[j], ps[i]
	}
}

func (o *object) deletePiece(p op, sec int) {
	i := o.choose(sec, p.a)
	if i < 0 {
		return
	}
	k, n := o.secs[sec].pieces[i].kind, o.secs[sec].ordinal(i)
	o.remove(sec, i)
	if tidy(p) {
		o.renumber(k, n, -1)
	}
}

func (o *object) duplicatePiece(p op, sec int) {
	i := o.choose(sec, p.a)
	if i < 0 {
		return
	}
	q, n := o.secs[sec].pieces[i], o.secs[sec].ordinal(i)
	at := i + 1
	if q.kind == sym { // at the end, so that nothing moves
		at, n = len(o.secs[sec].pieces), len(o.secs[sec].pieces)-1
	}
	o.insert(sec, at, q)
	if tidy(p) {
		o.renumber(q.kind, n+1, 1)
	}
}

func (o *object) repeatPiece(p op, sec int) {
	i := o.choose(sec, p.a)
	if i < 0 {
		return
	}
	q := o.secs[sec].pieces[i]
	n := min(int(p.b)%64, 1<<14/max(len(q.data), 1))
	o.insert(sec, i, slices.Repeat([]piece{q}, n)...)
}

func (o *object) truncateSection(p op, sec int) {
	if i := o.choose(sec, p.a); i >= 0 {
		o.pieces(sec)
		o.secs[sec].pieces = slices.Delete(o.secs[sec].pieces, i, min(i+1+int(p.b)%16, len(o.secs[sec].pieces)))
	}
}

// resizePiece cuts a piece short or puts bytes after it.
func (o *object) resizePiece(p op, sec int) {
	i := o.choose(sec, p.a)
	if i < 0 {
		return
	}
	q := &o.pieces(sec)[i]
	if p.v&1 == 0 && len(q.data) > 0 {
		q.data = q.data[:int(p.b)%len(q.data)]
		return
	}
	q.data = append(q.bytes(), slices.Repeat([]byte{uint8(p.v >> 8)}, int(p.b)%40)...)
}

// growRecords makes the records of one part of .BTF.ext longer, and says so.
func (o *object) growRecords(p op, _ int) {
	sec := o.find(extRec)
	if sec < 0 {
		return
	}
	more := make([]byte, 4*(p.b%5))
	ps := o.pieces(sec)
	for i := range ps {
		q := &ps[i]
		if uint16(q.part) != p.a%3 {
			continue
		}
		switch q.kind {
		case extRec:
			q.data = append(slices.Clone(q.data), more...)
		case extSize:
			f := fields[extSize][0]
			o.put(q.bytes(), f, o.get(q.data, f)+uint64(len(more)))
		}
	}
}

// typeAt chooses a type; nil if there is none.
func (o *object) typeAt(n uint16) *piece {
	sec := o.find(btfType)
	if sec < 0 || o.count(btfType) == 0 {
		return nil
	}
	ps := o.pieces(sec)
	for i := range ps {
		if q := &ps[(i+int(n))%len(ps)]; q.kind == btfType && len(q.data) >= 12 {
			return q
		}
	}
	return nil
}

// changeKind makes a type one of another kind, or of another number of members, of the right length.
func (o *object) changeKind(p op, _ int) {
	q := o.typeAt(p.a)
	if q == nil {
		return
	}
	info := o.bo.Uint32(q.data[4:])
	if p.v&1 == 0 {
		info = info&^(31<<24) | uint32(1+p.b%19)<<24
	}
	if p.v&2 != 0 {
		info = info&^0xffff | uint32(p.v>>4%8)
	}
	info ^= uint32(p.v>>3&1) << 31
	d := make([]byte, typeSize(info))
	copy(d, q.data)
	o.bo.PutUint32(d[4:], info)
	q.data = d
}

// redirect makes a type refer to another, or to itself.
func (o *object) redirect(p op, _ int) {
	q := o.typeAt(p.a)
	if q == nil {
		return
	}
	var refs []int
	eachTypeRef(o.bo, q.data, func(pos int) { refs = append(refs, pos) })
	if len(refs) > 0 {
		o.bo.PutUint32(q.bytes()[refs[int(p.b)%len(refs)]:], uint32(o.sensible(typeID, 0, p.v)))
	}
}

// nest puts a chain of types at the end, which ends at some type or closes a circle, and makes a type refer to it.
func (o *object) nest(p op, _ int) {
	sec := o.find(btfType)
	if sec < 0 || len(o.secs[sec].pieces) == 0 {
		return
	}
	first := uint32(o.count(btfType) + 1)
	depth := uint32(1 + p.b%100)
	var chain []piece
	for i := range depth {
		to := first + i + 1
		if i == depth-1 {
			to = uint32(o.sensible(typeID, 0, p.v))
			if !tidy(p) {
				to = first
			}
		}
		chain = append(chain, piece{kind: btfType, data: o.link(uint32(p.a>>10), to)})
	}
	o.insert(sec, len(o.secs[sec].pieces)-1, chain...)
	if q := o.typeAt(p.a); q != nil {
		done := false
		d := q.bytes()
		eachTypeRef(o.bo, d, func(pos int) {
			if !done {
				o.bo.PutUint32(d[pos:], first)
				done = true
			}
		})
	}
}

// link is a type of a chain: a pointer, array, struct with one member, typedef, const or prototype.
func (o *object) link(which, to uint32) []byte {
	var words []uint32
	switch which % 6 {
	case 0:
		words = []uint32{0, 2 << 24, to}
	case 1:
		words = []uint32{0, 3 << 24, 0, to, 1, 2}
	case 2:
		words = []uint32{0, 4<<24 | 1, 8, 0, to, 0}
	case 3:
		words = []uint32{uint32(o.stringIn(btfStrs, 1)), 8 << 24, to}
	case 4:
		words = []uint32{0, 10 << 24, to}
	default:
		words = []uint32{0, 13<<24 | 1, to, 0, to}
	}
	d := make([]byte, 0, 4*len(words))
	for _, w := range words {
		d = o.bo.(binary.AppendByteOrder).AppendUint32(d, w)
	}
	return d
}

// someNames are names that mean something to somebody.
var someNames = []string{"", ".text", ".BTF", ".BTF.ext", "license", "version", ".maps", "maps", ".kconfig", ".ksyms", ".data", ".bss", ".rodata",
	".rodata.str1.1", ".struct_ops", ".struct_ops.link", ".bpf_sdt_notes", "___sdt_jt_probe", "__sdt_t_probe", "bpf_sdt:probe:1", "bpf_sdt:probe:99",
	"bpf_sdt_stub:probe", "bpf_sdt_site:probe:0", "bpf_sdt_enabled_probe", "main", "main.2", ".2", "a\nb\x1b[31m\x7f", "\xff\xfe", "char", "int", ".debug_x",
	"bpf_sdt", "bpf_sdt/probe", "fentry/x", ".stack_sizes", ".jumptables", ".addr_space.1", "LINUX_KERNEL_VERSION", "btf_type_tag", "..."}

// rename gives something another name: one that is there, or one of someNames, put at the end of the strings.
func (o *object) rename(p op, sec int) {
	q, f := o.nameField(p, sec)
	if q == nil {
		return
	}
	table := kind(names)
	if f.class == btfName {
		table = btfStrs
	}
	at := o.stringIn(table, p.v>>1)
	if p.v&1 == 0 {
		at = o.addString(table, someNames[int(p.v>>1)%len(someNames)])
	}
	o.put(q.bytes(), f, at)
}

// nameField chooses a field that names a string.
func (o *object) nameField(p op, sec int) (*piece, field) {
	q := &o.secs[int(p.a)%len(o.secs)].head
	if i := o.choose(sec, p.a); i >= 0 {
		q = &o.pieces(sec)[i]
	}
	var found []field
	for _, f := range o.fields(q) {
		if f.class == btfName || f.class == elfName {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, field{}
	}
	return q, found[int(p.b)%len(found)]
}

// addString puts a string at the end of a table and returns its offset.
func (o *object) addString(k kind, s string) uint64 {
	for i := range o.secs {
		for j := range o.secs[i].pieces {
			if o.secs[i].pieces[j].kind != k {
				continue
			}
			q := &o.pieces(i)[j]
			at := len(q.data)
			q.data = append(append(slices.Clone(q.data), s...), 0)
			return uint64(at)
		}
	}
	return 0
}

// spoilString puts a byte that nobody expects into a name.
func (o *object) spoilString(p op, _ int) {
	k := kind(names)
	if p.v&1 == 0 {
		k = btfStrs
	}
	for i := range o.secs {
		for j := range o.secs[i].pieces {
			if o.secs[i].pieces[j].kind == k && len(o.secs[i].pieces[j].data) > 0 {
				q := &o.pieces(i)[j]
				q.bytes()[int(p.b)%len(q.data)] = []byte{0, '\n', 0x1b, 0xff, '.', ':', '/', 'a'}[p.v>>1&7]
				return
			}
		}
	}
}

func (o *object) swapSections(p op, _ int) {
	if n := len(o.secs) - 1; n > 0 {
		i, j := 1+int(p.a)%n, 1+int(p.b)%n
		o.secs[i], o.secs[j] = o.secs[j], o.secs[i]
	}
}

func (o *object) deleteSection(p op, _ int) {
	if n := len(o.secs) - 1; n > 1 {
		o.removeSection(1+int(p.a)%n, tidy(p))
	}
}

// duplicateSection repeats a section at the end, so that nothing moves.
func (o *object) duplicateSection(p op, _ int) {
	if n := len(o.secs) - 1; n > 0 && n < 200 {
		s := o.secs[1+int(p.a)%n]
		s.own, s.pieces = true, slices.Clone(s.pieces)
		o.secs = append(o.secs, s)
	}
}

// copyHeader makes a section header that of another section, but for place and size.
func (o *object) copyHeader(p op, _ int) {
	if n := len(o.secs) - 1; n > 0 {
		o.secs[1+int(p.a)%n].head.data = o.secs[1+int(p.b)%n].head.data
	}
}

// changeCode puts an instruction into code, at a place or instead of one.
func (o *object) changeCode(p op, _ int) {
	var code []int
	for i := range o.secs {
		if o.secs[i].kind == insn && len(o.secs[i].pieces) > 0 {
			code = append(code, i)
		}
	}
	if len(code) == 0 {
		return
	}
	sec := code[int(p.flags>>2)%len(code)]
	i := o.choose(sec, p.a)
	d := make([]byte, 8)
	d[0], d[1] = uint8(of(opcodes, p.v)), uint8(p.v>>8)
	o.bo.PutUint16(d[2:], uint16(int8(p.b))/8)
	o.bo.PutUint32(d[4:], uint32(int32(int8(p.b>>8))))
	if tidy(p) {
		o.pieces(sec)[i].data = d
		return
	}
	o.insert(sec, i, piece{kind: insn, data: d})
}

// patchHeader changes a header of the finished file.
func (o *object) patchHeader(p op, _ int) {
	if len(o.secs) == 0 {
		return
	}
	sec, k, from := -1, kind(elfHead), &o.head
	if p.a&3 != 0 {
		sec, k = int(p.a>>2)%len(o.secs), secHead
		from = &o.secs[sec].head
	}
	f := fields[k][int(p.b)%len(fields[k])]
	o.late = append(o.late, patch{sec, f, o.value(f, o.get(from.data, f), p.v)})
}

func (o *object) cutFile(p op, _ int) {
	if p.v&7 == 0 { // seldom: little is read of what is cut short
		o.cut = int(p.b)
	}
}

func (o *object) appendFile(p op, _ int) { o.tail = make([]byte, p.b%512) }

// swapOrder writes the whole object in the other byte order.
func (o *object) swapOrder(p op, _ int) {
	if p.v&3 != 0 {
		return // seldom: with other inputs it seldom gets far
	}
	o.swapPiece(&o.head)
	for i := range o.secs {
		o.swapPiece(&o.secs[i].head)
		ps := o.pieces(i)
		for j := range ps {
			o.swapPiece(&ps[j])
		}
	}
	if o.big() {
		o.bo = binary.LittleEndian
	} else {
		o.bo = binary.BigEndian
	}
	o.head.data[5] ^= 3
}

func (o *object) swapPiece(p *piece) {
	d := p.bytes()
	reverse := func(off, width int) {
		if off+width <= len(d) {
			slices.Reverse(d[off : off+width])
		}
	}
	switch p.kind {
	case raw, names, btfStrs:
	case rel:
		reverse(0, 8)
		reverse(8, 8)
	case insn:
		swapInsn(d, reverse)
	case note:
		if len(d) > 0 && d[0] == 0xbf {
			swapInsn(d, reverse)
		} else {
			reverse(0, 8)
		}
	default:
		for _, f := range slices.Clone(o.fields(p)) {
			reverse(f.off, f.width)
		}
	}
}

func swapInsn(d []byte, reverse func(off, width int)) {
	if len(d) > 1 {
		d[1] = d[1]<<4 | d[1]>>4
	}
	reverse(2, 2)
	reverse(4, 4)
}
