package loaded

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"structs"
	"unsafe"

	"golang.org/x/sys/unix"
)

// running is the kernel of the machine, asked by bpf(2). Layouts are those of include/uapi/linux/bpf.h; a kernel takes a
// shorter attribute than its own, and fills in as much of a longer answer as it knows.
type running struct{}

// memory keeps in its place what a system call reads and writes.
type memory struct{ runtime.Pinner }

// at returns the address of a value.
func at[T any](m *memory, p *T) uint64 {
	m.Pin(p)
	return uint64(uintptr(unsafe.Pointer(p)))
}

// of returns the address of a list, 0 if it is empty.
func of[T any](m *memory, list []T) uint64 {
	if len(list) == 0 {
		return 0
	}
	return at(m, &list[0])
}

// bpf makes the system call.
func bpf[T any](cmd uintptr, attr *T) (int, error) {
	for {
		r, _, e := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
		switch e {
		case 0:
			return int(r), nil
		case unix.EINTR:
		case unix.EPERM:
			return 0, ErrRights
		default:
			return 0, e // ENOENT is fs.ErrNotExist
		}
	}
}

type idAttr struct {
	_               structs.HostLayout
	id, next, flags uint32
}

func next(cmd uintptr, after uint32) (uint32, error) {
	a := idAttr{id: after}
	_, err := bpf(cmd, &a)
	return a.next, err
}

func (running) nextProgram(after uint32) (uint32, error) {
	return next(unix.BPF_PROG_GET_NEXT_ID, after)
}

func (running) nextLink(after uint32) (uint32, error) { return next(unix.BPF_LINK_GET_NEXT_ID, after) }

// open returns a file descriptor for what has an id.
func open(cmd uintptr, id uint32) (int, error) { return bpf(cmd, &idAttr{id: id}) }

// describe has the kernel fill in a description.
func describe[T any](fd int, info *T) error {
	var m memory
	defer m.Unpin()
	a := struct {
		_        structs.HostLayout
		fd, size uint32
		info     uint64
	}{fd: uint32(fd), size: uint32(unsafe.Sizeof(*info)), info: at(&m, info)}
	_, err := bpf(unix.BPF_OBJ_GET_INFO_BY_FD, &a)
	return err
}

// programInfo is struct bpf_prog_info.
type programInfo struct {
	_                    structs.HostLayout
	kind, id             uint32
	tag                  [8]byte
	jitedSize, insnsSize uint32
	jited, insns         uint64
	loadTime             uint64
	uid, mapCount        uint32
	maps                 uint64
	name                 [16]byte
	ifindex, bits        uint32
	netnsDev, netnsIno   uint64
	symbols, lengths     uint32
	symbolsAt, lengthsAt uint64
	btf, funcSize        uint32
	funcs                uint64
	funcCount, lineCount uint32
	lines                uint64
	jitedLines           uint64
	jitedLineCount       uint32
	lineSize             uint32
	jitedLineSize        uint32
	tagCount             uint32
	tags                 uint64
	runTime, runCount    uint64
	missed               uint64
	verified             uint32
	attachBTF, attachID  uint32
	_                    uint32
}

func (running) program(id uint32) (*program, error) {
	fd, err := open(unix.BPF_PROG_GET_FD_BY_ID, id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return programAt(fd)
}

func (running) programOf(fd int) (*program, error) {
	if t := objectType(fd); t != "prog" {
		return nil, fmt.Errorf("file descriptor %d is of no BPF program", fd)
	}
	return programAt(fd)
}

// programAt reads a program: first how much there is of everything, then all that matters.
func programAt(fd int) (*program, error) {
	var size programInfo
	if err := describe(fd, &size); err != nil {
		return nil, err
	}
	p := &program{
		insns: make([]byte, size.insnsSize), maps: make([]uint32, size.mapCount),
		funcs: make([]funcRecord, size.funcCount), lines: make([]lineRecord, size.lineCount),
	}
	if size.funcCount > 0 && size.funcSize != uint32(unsafe.Sizeof(funcRecord{})) ||
		size.lineCount > 0 && size.lineSize != uint32(unsafe.Sizeof(lineRecord{})) {
		return nil, fmt.Errorf("the kernel's records have %d and %d bytes, which are not known", size.funcSize, size.lineSize)
	}
	var m memory
	defer m.Unpin()
	info := programInfo{
		insnsSize: size.insnsSize, insns: of(&m, p.insns),
		mapCount: size.mapCount, maps: of(&m, p.maps),
		funcCount: size.funcCount, funcSize: size.funcSize, funcs: of(&m, p.funcs),
		lineCount: size.lineCount, lineSize: size.lineSize, lines: of(&m, p.lines),
	}
	if err := describe(fd, &info); err != nil {
		return nil, err
	}
	// A program does not change, but what may be seen of it does with kernel.kptr_restrict.
	if info.insns == 0 {
		p.insns = nil
	}
	p.insns = p.insns[:min(len(p.insns), int(info.insnsSize))]
	p.maps = p.maps[:min(len(p.maps), int(info.mapCount))]
	p.funcs = p.funcs[:min(len(p.funcs), int(info.funcCount))]
	p.lines = p.lines[:min(len(p.lines), int(info.lineCount))]
	p.id, p.kind, p.btf, p.tag, p.attachBTF = info.id, info.kind, info.btf, info.tag, info.attachBTF
	p.name = unix.ByteSliceToString(info.name[:])
	return p, nil
}

// pinned opens what is pinned at a path. The kernel's own words for what can be wrong tell little.
func (k running) pinned(path string) (*program, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return nil, err
	}
	if uint32(s.Type) != unix.BPF_FS_MAGIC {
		return nil, errors.New("it is not in a BPF file system, where programs are pinned")
	}
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		return nil, errors.New("it is a folder: name a program in it")
	}
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return nil, err
	}
	var m memory
	defer m.Unpin()
	fd, err := bpf(unix.BPF_OBJ_GET, &struct {
		_         structs.HostLayout
		path      uint64
		fd, flags uint32
	}{path: at(&m, name)})
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	switch t := objectType(fd); t {
	case "prog":
		return programAt(fd)
	case "link":
		var l linkInfo
		if err := describe(fd, &l); err != nil {
			return nil, err
		}
		return k.program(l.program)
	case "map":
		return nil, errors.New("it is a map, not a program")
	}
	return nil, errors.New("it is no program")
}

// objectType tells what a file descriptor is of: "prog", "map" or "link".
func objectType(fd int) string {
	name, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	name, ok := strings.CutPrefix(name, "anon_inode:bpf")
	if !ok {
		return ""
	}
	return strings.TrimLeft(name, "-_")
}

// linkInfo is the start of struct bpf_link_info, with the part for tracing.
type linkInfo struct {
	_                        structs.HostLayout
	kind, id, program        uint32
	_                        uint32
	attach, target, function uint32
	_                        uint32
}

func (running) link(id uint32) (*traceLink, error) {
	fd, err := open(unix.BPF_LINK_GET_FD_BY_ID, id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var l linkInfo
	// A link of another type has other things where those of tracing are, pointers to buffers too, which are 0 here.
	if err := describe(fd, &l); err != nil || l.kind != unix.BPF_LINK_TYPE_TRACING {
		return nil, err
	}
	return &traceLink{program: l.program, attach: l.attach, target: l.target, function: l.function}, nil
}

func (running) types(id uint32) ([]byte, error) {
	fd, err := open(unix.BPF_BTF_GET_FD_BY_ID, id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	type btfInfo struct {
		_        structs.HostLayout
		at       uint64
		size, id uint32
	}
	var info btfInfo
	if err := describe(fd, &info); err != nil {
		return nil, err
	}
	var m memory
	defer m.Unpin()
	data := make([]byte, info.size)
	info = btfInfo{at: of(&m, data), size: info.size}
	if err := describe(fd, &info); err != nil {
		return nil, err
	}
	return data[:min(len(data), int(info.size))], nil
}

// maxValue is more bytes of global data than a program has whose flags matter.
const maxValue = 64 << 20

func (running) array(id uint32) (*array, error) {
	fd, err := open(unix.BPF_MAP_GET_FD_BY_ID, id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var info struct { // the start of struct bpf_map_info
		_                                            structs.HostLayout
		kind, id, keySize, valueSize, entries, flags uint32
		name                                         [16]byte
		ifindex, vmlinuxValue                        uint32
		netnsDev, netnsIno                           uint64
		btf, keyType, valueType, _                   uint32
	}
	if err := describe(fd, &info); err != nil {
		return nil, err
	}
	if info.kind != unix.BPF_MAP_TYPE_ARRAY || info.entries != 1 || info.keySize != 4 || info.btf == 0 || info.valueSize > maxValue {
		return nil, nil
	}
	var m memory
	defer m.Unpin()
	key, value := make([]uint32, 1), make([]byte, (info.valueSize+7)&^7)
	_, err = bpf(unix.BPF_MAP_LOOKUP_ELEM, &struct {
		_                 structs.HostLayout
		fd, _             uint32
		key, value, flags uint64
	}{fd: uint32(fd), key: of(&m, key), value: of(&m, value)})
	if err != nil {
		return nil, err
	}
	return &array{btf: info.btf, valueType: info.valueType, value: value[:info.valueSize]}, nil
}
