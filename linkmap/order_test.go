package linkmap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	m := &Map{
		Sections: []Section{
			{Parts: []Part{
				{Input: 1, Offset: 0, Size: 16}, {Input: 0, Offset: 16}, {Input: 2, Offset: 16, Size: 8},
				{Input: 1, Offset: 24, Size: 8}}},
			{},
		},
		Symbols: []Symbol{
			{Section: 0, Input: 1, Offset: 24},        // 0: the second part of its input
			{Section: 0, Input: 1, Offset: 8},         // 1: the first
			{Section: 0, Input: 0, Offset: 16},        // 2: an empty part, where another starts
			{Section: 0, Input: 2, Offset: 16},        // 3: that other
			{Section: 0, Input: 2, Offset: 8},         // 4: in front of its input's part
			{Section: 0, Input: 3, Offset: 20},        // 5: its input has no part
			{Section: 1, Input: 0},                    // 6: no parts at all
			{Section: -1, Input: -1},                  // 7: undefined
			{Section: -2, Input: 0, Offset: 5},        // 8: absolute
			{Section: 9, Input: 0},                    // 9: no such section
			{Section: 0, Input: 1, Offset: 1<<64 - 1}, // 10: behind the end
			{Section: 0, Input: 1, Offset: 8},         // 11: in the same place as 1
		},
	}
	o := m.order()
	if d := cmp.Diff([]int{3, 0, 1, 2, noPart, noPart, noPart, noPart, noPart, noPart, 3, 0}, o.partOf); d != "" {
		t.Error("parts, -want +got:\n" + d)
	}
	if d := cmp.Diff([]int{8, 7, 4, 5, 1, 11, 2, 3, 0, 10, 6, 9}, o.sorted); d != "" {
		t.Error("order, -want +got:\n" + d)
	}
}

func TestShares(t *testing.T) {
	m := &Map{
		Inputs: make([]Input, 2),
		Sections: []Section{
			{Type: "code", Size: 40, Parts: []Part{{Input: 0, Size: 16}, {Input: 1, Size: 8}, {Input: 7, Size: 4}}},
			{Type: "zero", Size: 10, Parts: []Part{{Input: 1, Size: 10}}},
			{Type: "btf", Size: 5},
		},
	}
	inputs, rest := m.shares()
	if d := cmp.Diff([]share{{code: 16}, {code: 8, data: 10}}, inputs, cmp.AllowUnexported(share{})); d != "" {
		t.Error("-want +got:\n" + d)
	}
	if rest != (share{code: 16, other: 5}) {
		t.Errorf("of no input: %+v", rest)
	}
}
