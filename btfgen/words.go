package btfgen

import (
	"encoding/binary"
	"unsafe"
)

// hostLittle says that the machine's own byte order is little-endian.
var hostLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// wordsOf returns b as words in the given byte order. They alias b where the machine can read them in place: nobody
// may write to either afterwards.
func wordsOf(b []byte, bo binary.ByteOrder) []uint32 {
	n := len(b) / 4
	if n == 0 {
		return nil
	}
	little := bo == binary.ByteOrder(binary.LittleEndian)
	if p := unsafe.Pointer(unsafe.SliceData(b)); little == hostLittle && uintptr(p)%4 == 0 {
		return unsafe.Slice((*uint32)(p), n)
	}
	w := make([]uint32, n)
	if little {
		for i := range w {
			w[i] = binary.LittleEndian.Uint32(b[i*4:])
		}
		return w
	}
	for i := range w {
		w[i] = binary.BigEndian.Uint32(b[i*4:])
	}
	return w
}

// stringOf returns b as a string that aliases it.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns words as bytes in the given byte order. They are the memory of w where the machine's order is the same:
// w must not be used afterwards.
func bytesOf(w []uint32, bo binary.ByteOrder) []byte {
	if (bo == binary.ByteOrder(binary.LittleEndian)) == hostLittle {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), 4*len(w))
	}
	b := make([]byte, 4*len(w))
	for i, x := range w {
		bo.PutUint32(b[4*i:], x)
	}
	return b
}
