package linker

import "testing"

func TestInLostMap(t *testing.T) {
	u := &unit{lostMaps: []uint32{1}, lost: map[int][]span{2: joined([]span{{40, 48}, {8, 16}, {12, 20}, {20, 24}, {100, 100}})}}
	for off := range uint64(110) {
		want := off >= 8 && off < 24 || off >= 40 && off < 48
		if got := u.inLostMap(2, off); got != want {
			t.Errorf("%d: %v", off, got)
		}
	}
	if u.inLostMap(1, 8) {
		t.Error("another section")
	}
}
