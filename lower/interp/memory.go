package interp

import (
	"errors"
	"fmt"
)

// bytesAt returns memory, and for the stack which of it has a value.
func (r *run) bytesAt(address uint64, size int) (mem []byte, init []bool, err error) {
	var whole []byte
	off := address & (1<<32 - 1)
	switch base := address - off; {
	case base == ctxBase:
		whole = r.result.Context
	case base >= stackBase && (base-stackBase)>>32 < uint64(len(r.frames)):
		f := r.frames[(base-stackBase)>>32]
		whole, init = f.mem[:], f.init[:]
	default:
		whole = r.data[base]
	}
	if off+uint64(size) > uint64(len(whole)) {
		return nil, nil, fmt.Errorf("%d bytes at %#x are nowhere", size, address)
	}
	if init != nil {
		init = init[off : off+uint64(size)]
	}
	return whole[off : off+uint64(size)], init, nil
}

func (r *run) load(address uint64, size int) (uint64, error) {
	mem, init, err := r.bytesAt(address, size)
	if err != nil {
		return 0, err
	}
	for _, has := range init {
		if !has {
			return 0, fmt.Errorf("what is read at %#x has no value", address)
		}
	}
	switch o := r.m.order; size {
	case 1:
		return uint64(mem[0]), nil
	case 2:
		return uint64(o.Uint16(mem)), nil
	case 4:
		return uint64(o.Uint32(mem)), nil
	}
	return r.m.order.Uint64(mem), nil
}

func (r *run) store(address uint64, size int, v uint64) error {
	mem, init, err := r.bytesAt(address, size)
	if err != nil {
		return err
	}
	for i := range init {
		init[i] = true
	}
	switch o := r.m.order; size {
	case 1:
		mem[0] = byte(v)
	case 2:
		o.PutUint16(mem, uint16(v))
	case 4:
		o.PutUint32(mem, uint32(v))
	default:
		o.PutUint64(mem, v)
	}
	return nil
}

// memory runs loads, stores and atomic operations.
func (r *run) memory(f *frame, in insn) error {
	size := map[uint8]int{0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}[in.op&0x18]
	base := in.dst
	if in.op&7 == 1 {
		base = in.src
	}
	if in.op&7 == 3 && in.op&0xe0 == 0xc0 {
		return r.atomic(f, in, size)
	}
	address, err := f.get(base)
	if err != nil {
		return err
	}
	address += uint64(int64(in.off))
	mode := in.op & 0xe0
	switch {
	case in.op&7 == 1 && (mode == 0x60 || mode == 0x80 && size < 8):
		v, err := r.load(address, size)
		if err != nil {
			return err
		}
		if mode == 0x80 {
			v = signExtend(v, size*8)
		}
		f.set(in.dst, v)
		return nil
	case in.op&7 == 2 && mode == 0x60:
		return r.store(address, size, uint64(int64(in.imm)))
	case in.op&7 == 3 && mode == 0x60:
		v, err := f.get(in.src)
		if err != nil {
			return err
		}
		return r.store(address, size, v)
	}
	return fmt.Errorf("opcode %#x is not modelled", in.op)
}

func signExtend(v uint64, bits int) uint64 {
	return uint64(int64(v<<(64-bits)) >> (64 - bits))
}

// atomic runs an atomic operation; nothing else runs meanwhile.
func (r *run) atomic(f *frame, in insn, size int) error {
	base, other := in.dst, in.src
	if in.imm == 0x100 {
		base = in.src
	}
	address, err := f.get(base)
	if err != nil {
		return err
	}
	address += uint64(int64(in.off))
	if in.imm == 0x100 { // load_acquire
		v, err := r.load(address, size)
		if err == nil {
			f.set(in.dst, v)
		}
		return err
	}
	operand, err := f.get(other)
	if err != nil {
		return err
	}
	if in.imm == 0x110 { // store_release
		return r.store(address, size, operand)
	}
	if size < 4 {
		return errors.New("an atomic operation on less than 4 bytes")
	}
	old, err := r.load(address, size)
	if err != nil {
		return err
	}
	value := old
	switch in.imm {
	case 0x00, 0x01:
		value = old + operand
	case 0x40, 0x41:
		value = old | operand
	case 0x50, 0x51:
		value = old & operand
	case 0xa0, 0xa1:
		value = old ^ operand
	case 0xe1:
		value = operand
	case 0xf1:
		expected, err := f.get(0)
		if err != nil {
			return err
		}
		if size == 4 {
			expected = uint64(uint32(expected))
		}
		if old == expected {
			value = operand
		}
		f.set(0, old)
		return r.store(address, size, value)
	default:
		return fmt.Errorf("atomic operation %#x is not modelled", in.imm)
	}
	if in.imm&1 != 0 {
		f.set(in.src, old)
	}
	return r.store(address, size, value)
}
