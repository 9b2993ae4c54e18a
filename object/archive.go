package object

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// Magic strings of archives, as ar(5) has them. A thin archive has the names of its members, and not their contents.
var (
	archiveMagic = []byte("!<arch>\n")
	thinMagic    = []byte("!<thin>\n")
)

const (
	archiveMagicSize = 8
	memberHeaderSize = 60
)

// nameRoom is how many bytes of names an archive may always have.
const nameRoom = 1 << 20

// IsArchive reports whether data starts as a static archive does, thin or not.
func IsArchive(data []byte) bool {
	return bytes.HasPrefix(data, archiveMagic) || bytes.HasPrefix(data, thinMagic)
}

// An Archive is a static archive, in the form of GNU's ar or that of the BSDs and macOS. Its index of symbols is not used: it
// can be missing ("ar rcS"), or older than the members.
type Archive struct {
	Name    string // of the file
	Thin    bool
	Members []Member // in the order of the file; tables are left out

	data   []byte      // nil if the archive is a file
	before os.FileInfo // of the file
}

// Member is an object of an archive.
type Member struct {
	Name string // as in diagnostics: "lib.a(b.o)"
	Path string // the file that a member of a thin archive is; else ""
	Size uint64 // bytes

	offset uint64 // bytes, in the archive
}

// archiveReader is the state of reading the headers of one archive.
type archiveReader struct {
	a     *Archive
	file  io.ReaderAt
	size  uint64 // bytes
	names []byte // GNU's table of long names
	seen  map[string]bool
	room  uint64 // bytes that names of members may still take
}

// ParseArchive reads the headers of an archive in memory, which its members alias. The error is a diag.Diagnostic.
func ParseArchive(name string, data []byte) (*Archive, error) {
	if !IsArchive(data) {
		return nil, diag.Errorf("archive", diag.Place{Object: name}, "not an archive")
	}
	a := &Archive{Name: name, data: data}
	if err := a.read(bytes.NewReader(data), int64(len(data))); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Archive) read(f io.ReaderAt, size int64) error {
	r := &archiveReader{a: a, file: f, size: uint64(max(size, 0)), seen: map[string]bool{}}
	r.room = nameRoom + 4*r.size
	magic, err := r.bytes(0, archiveMagicSize)
	if err != nil {
		return err
	}
	a.Thin = bytes.Equal(magic, thinMagic)
	for at := uint64(archiveMagicSize); at < r.size; {
		if at, err = r.member(at); err != nil {
			return err
		}
	}
	return nil
}

func (r *archiveReader) errorf(at uint64, format string, args ...any) error {
	return diag.Errorf("archive", diag.Place{Object: r.a.Name}, "member at %#x: %s", at, fmt.Sprintf(format, args...))
}

// bytes returns a part of the archive.
func (r *archiveReader) bytes(off, size uint64) ([]byte, error) {
	if off > r.size || size > r.size-off {
		return nil, r.errorf(off, "the archive ends within it: is it truncated?")
	}
	b := make([]byte, size)
	n, err := r.file.ReadAt(b, int64(off))
	if n < len(b) {
		if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, r.errorf(off, "the archive became shorter while it was read")
		}
		return nil, bare(err)
	}
	return b, nil
}

// member reads the header at a position and returns that of the next.
func (r *archiveReader) member(at uint64) (next uint64, err error) {
	h, err := r.bytes(at, memberHeaderSize)
	if err != nil {
		return 0, err
	}
	if h[58] != '`' || h[59] != '\n' {
		return 0, r.errorf(at, "there is no header of a member")
	}
	size, err := strconv.ParseUint(strings.TrimRight(string(h[48:58]), " "), 10, 63)
	if err != nil {
		return 0, r.errorf(at, "its size is not a number")
	}
	name := strings.TrimRight(string(h[:16]), " ")
	m := Member{offset: at + memberHeaderSize, Size: size}
	table := name == "/" || name == "/SYM64/" || name == "//"
	if r.a.Thin && !table {
		size = 0 // which is another file's
	}
	if m.offset+size > r.size {
		return 0, r.errorf(at, "the archive ends within it: is it truncated?")
	}
	next = m.offset + size
	next += next & 1
	switch {
	case name == "//":
		r.names, err = r.bytes(m.offset, m.Size)
		return next, err
	case table:
		return next, nil
	case strings.HasPrefix(name, "#1/"):
		name, err = r.bsdName(at, name, &m)
	case len(name) > 1 && name[0] == '/':
		name, err = r.longName(at, name[1:])
	default:
		name = strings.TrimSuffix(name, "/")
	}
	if err != nil {
		return 0, err
	}
	if name == "__.SYMDEF" || strings.HasPrefix(name, "__.SYMDEF ") || name == "__.SYMDEF_64" {
		return next, nil // the BSDs' index
	}
	if uint64(len(name)) > r.room { // many can share one of the table
		return 0, r.errorf(at, "the names take more room than the archive")
	}
	r.room -= uint64(len(name))
	r.add(at, name, m)
	return next, nil
}

// bsdName reads a name that stands before the contents of its member.
func (r *archiveReader) bsdName(at uint64, field string, m *Member) (string, error) {
	n, err := strconv.ParseUint(field[3:], 10, 32)
	if err != nil || n > m.Size || n > maxName || r.a.Thin {
		return "", r.errorf(at, "the length of its name is wrong")
	}
	b, err := r.bytes(m.offset, n)
	m.offset += n
	m.Size -= n
	return string(bytes.TrimRight(b, "\x00")), err
}

// longName finds a name in the table of names.
func (r *archiveReader) longName(at uint64, field string) (string, error) {
	off, err := strconv.ParseUint(field, 10, 63)
	if err != nil || off >= uint64(len(r.names)) {
		if strings.Contains(field, ":") {
			return "", r.errorf(at, "it is a member of an archive within the archive, which is not supported")
		}
		return "", r.errorf(at, "its name is outside the table of names")
	}
	name := r.names[off:]
	name = name[:min(len(name), maxName+2)]
	if i := bytes.IndexByte(name, '\n'); i >= 0 {
		name = name[:i]
	}
	name = bytes.TrimSuffix(bytes.TrimRight(name, "\x00"), []byte("/"))
	if len(name) > maxName {
		return "", r.errorf(at, "its name has more than %d bytes", maxName)
	}
	return string(name), nil
}

// add enters a member. Of several of a name the later ones are told apart by their position.
func (r *archiveReader) add(at uint64, name string, m Member) {
	m.Name = r.a.Name + "(" + name + ")"
	if r.seen[name] {
		m.Name = fmt.Sprintf("%s(%s at %#x)", r.a.Name, name, at)
	}
	r.seen[name] = true
	if r.a.Thin {
		m.Path = name
		if !filepath.IsAbs(name) {
			m.Path = filepath.Join(filepath.Dir(r.a.Name), name)
		}
	}
	r.a.Members = append(r.a.Members, m)
}

// ReadMember reads an object of an archive, as ReadFile does.
func (rd *Reader) ReadMember(a *Archive, m *Member) (*Object, error) {
	rd.symbols = false
	return rd.member(a, m)
}

// ReadSymbols reads no more of an object of an archive than its sections' headers and its symbols.
func (rd *Reader) ReadSymbols(a *Archive, m *Member) (*Object, error) {
	rd.symbols = true
	defer func() { rd.symbols = false }()
	return rd.member(a, m)
}

func (rd *Reader) member(a *Archive, m *Member) (*Object, error) {
	switch {
	case m.Path != "":
		f, before, err := open(m.Path)
		if err != nil {
			return nil, diag.Errorf("io", diag.Place{Object: m.Name}, "cannot read the member's file '%s': %s", m.Path, err)
		}
		defer f.Close()
		return unchangedObject(f, before)(rd.read(m.Name, f, before))
	case a.data != nil:
		return rd.inflate(m.Name, a.data[m.offset:m.offset+m.Size])
	}
	f, _, err := open(a.Name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return unchangedObject(f, a.before)(rd.readAt(m.Name, io.NewSectionReader(f, int64(m.offset), int64(m.Size))))
}
