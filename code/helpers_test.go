package code

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

func TestHelperArgs(t *testing.T) {
	for _, c := range []struct {
		name string
		id   asm.BuiltinFunc
		n    int
		void bool
	}{
		{"unspec", 0, 5, false},
		{"map_lookup_elem", asm.FnMapLookupElem, 2, false},
		{"map_update_elem", asm.FnMapUpdateElem, 4, false},
		{"ktime_get_ns", asm.FnKtimeGetNs, 0, false},
		{"trace_printk", asm.FnTracePrintk, 5, false},
		{"tail_call", asm.FnTailCall, 3, true},
		{"perf_event_output", asm.FnPerfEventOutput, 5, false},
		{"csum_diff", asm.FnCsumDiff, 5, false},
		{"set_hash_invalid", asm.FnSetHashInvalid, 1, false},
		{"spin_lock", asm.FnSpinLock, 1, true},
		{"spin_unlock", asm.FnSpinUnlock, 1, true},
		{"ringbuf_output", asm.FnRingbufOutput, 4, false},
		{"ringbuf_reserve", asm.FnRingbufReserve, 3, false},
		{"ringbuf_submit", asm.FnRingbufSubmit, 2, true},
		{"ringbuf_discard", asm.FnRingbufDiscard, 2, true},
		{"ringbuf_submit_dynptr", asm.FnRingbufSubmitDynptr, 2, true},
		{"ringbuf_discard_dynptr", asm.FnRingbufDiscardDynptr, 2, true},
		{"xdp_get_buff_len", asm.FnXdpGetBuffLen, 1, false},
		{"loop", asm.FnLoop, 4, false},
		{"cgrp_storage_delete", asm.FnCgrpStorageDelete, 2, false},
		{"one that is not there yet", 212, 5, false},
		{"negative, a kfunc", 0xffffffff, 5, false},
	} {
		n, void := HelperArgs(int32(c.id))
		if n != c.n || void != c.void {
			t.Errorf("%s: %d arguments, void %t; want %d, %t", c.name, n, void, c.n, c.void)
		}
	}
}

// TestHelperVoid asks the verifier whether r0 can be read after the helpers that the table says return nothing, and
// after some where the C prototype and the kernel's differ.
func TestHelperVoid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	lock := &btf.Struct{Name: "bpf_spin_lock", Size: 4, Members: []btf.Member{{Name: "val", Type: &btf.Int{Name: "unsigned int", Size: 4}}}}
	maps := map[string]*ebpf.MapSpec{
		"progs":  {Type: ebpf.ProgramArray, MaxEntries: 1, KeySize: 4, ValueSize: 4},
		"events": {Type: ebpf.RingBuf, MaxEntries: 4096},
		"locks": {Type: ebpf.Array, MaxEntries: 1, KeySize: 4, ValueSize: 4, Key: &btf.Int{Name: "int", Size: 4},
			Value: &btf.Struct{Name: "value", Size: 4, Members: []btf.Member{{Name: "lock", Type: lock}}}},
	}
	coll, err := ebpf.NewCollection(&ebpf.CollectionSpec{Maps: maps})
	if errors.Is(err, os.ErrPermission) {
		t.Skipf("maps cannot be made: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer coll.Close()
	fd := func(name string) int { return coll.Maps[name].FD() }

	reserve := asm.Instructions{
		asm.LoadMapPtr(asm.R1, fd("events")), asm.Mov.Imm(asm.R2, 8), asm.Mov.Imm(asm.R3, 0), asm.FnRingbufReserve.Call(),
		asm.JEq.Imm(asm.R0, 0, "out"), asm.Mov.Reg(asm.R1, asm.R0), asm.Mov.Imm(asm.R2, 0),
	}
	dynptr := asm.Instructions{
		asm.LoadMapPtr(asm.R1, fd("events")), asm.Mov.Imm(asm.R2, 8), asm.Mov.Imm(asm.R3, 0),
		asm.Mov.Reg(asm.R4, asm.RFP), asm.Add.Imm(asm.R4, -16), asm.FnRingbufReserveDynptr.Call(),
		asm.Mov.Reg(asm.R1, asm.RFP), asm.Add.Imm(asm.R1, -16), asm.Mov.Imm(asm.R2, 0),
	}
	value := asm.Instructions{asm.LoadMapValue(asm.R6, fd("locks"), 0), asm.Mov.Reg(asm.R1, asm.R6)}
	unlock := asm.Instructions{asm.Mov.Reg(asm.R1, asm.R6), asm.FnSpinUnlock.Call()}
	for _, c := range []struct {
		name    string
		before  asm.Instructions
		id      asm.BuiltinFunc
		cleanup asm.Instructions
	}{
		{"tail_call", asm.Instructions{asm.LoadMapPtr(asm.R2, fd("progs")), asm.Mov.Imm(asm.R3, 0)}, asm.FnTailCall, nil},
		{"set_hash_invalid", nil, asm.FnSetHashInvalid, nil},
		{"skb_pull_data", asm.Instructions{asm.Mov.Imm(asm.R2, 0)}, asm.FnSkbPullData, nil},
		{"spin_lock", value, asm.FnSpinLock, unlock},
		{"spin_unlock", append(value[:2:2], asm.FnSpinLock.Call(), asm.Mov.Reg(asm.R1, asm.R6)), asm.FnSpinUnlock, nil},
		{"ringbuf_submit", reserve, asm.FnRingbufSubmit, nil},
		{"ringbuf_discard", reserve, asm.FnRingbufDiscard, nil},
		{"ringbuf_submit_dynptr", dynptr, asm.FnRingbufSubmitDynptr, nil},
		{"ringbuf_discard_dynptr", dynptr, asm.FnRingbufDiscardDynptr, nil},
	} {
		_, void := HelperArgs(int32(c.id))
		load := func(read ...asm.Instruction) error {
			insns := append(c.before[:len(c.before):len(c.before)], c.id.Call())
			insns = append(append(insns, read...), c.cleanup...)
			insns = append(insns, asm.Mov.Imm(asm.R0, 0).WithSymbol("out"), asm.Return())
			p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "GPL", Instructions: insns})
			if err == nil {
				p.Close()
			}
			return err
		}
		if err := load(); err != nil {
			t.Errorf("%s: the program does not load: %v", c.name, err)
			continue
		}
		err := load(asm.Mov.Reg(asm.R7, asm.R0))
		if unset := err != nil && strings.Contains(err.Error(), "R0 !read_ok"); unset != void || err != nil && !unset {
			t.Errorf("%s: void is %t in the table; the kernel says of a read of r0: %v", c.name, void, err)
		}
	}
}
