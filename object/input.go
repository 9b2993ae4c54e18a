package object

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// errChanged is an input that somebody wrote to at the same time: what was read may be half old and half new.
var errChanged = errors.New("the file changed while it was read")

// elfMagic starts every ELF file.
var elfMagic = []byte("\x7fELF")

// identSize is how many bytes tell what an input is: those of e_ident, of which Parse judges.
const identSize = 16

// Read returns all that r has if it starts as an object or an archive does, plain or compressed. Of anything else it returns the first
// bytes, for Parse to refuse, so that /dev/zero or a disk image does not fill the memory.
func Read(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, identSize)
	if err == nil && (Compressed(b.Bytes()) || bytes.HasPrefix(b.Bytes(), elfMagic) || IsArchive(b.Bytes())) {
		_, err = b.ReadFrom(r)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b.Bytes(), nil
}

// ReadFile is Read for a file. A file that changes meanwhile is an error, as far as its size or time tells.
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data, err := Read(f)
	if err != nil {
		return nil, err
	}
	return data, unchanged(f, before)
}

// ReadInput reads what a file holds, an object or an archive, plain or compressed. Of an object it reads what a link needs:
// sections of DWARF have no contents, and those of .BTF and .BTF.ext are good until the next object is read only. Of an archive
// it reads the headers. Memory is bounded by the file's size. The error is a diag.Diagnostic, but for that of a file that
// cannot be read.
func (rd *Reader) ReadInput(name string) (*Object, *Archive, error) {
	f, before, err := open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var magic [archiveMagicSize]byte
	if before.Mode().IsRegular() {
		if n, _ := f.ReadAt(magic[:], 0); IsArchive(magic[:n]) {
			a := &Archive{Name: name, before: before}
			if err := a.read(f, before.Size()); err != nil {
				return nil, nil, err
			}
			return nil, a, bare(unchanged(f, before))
		}
		if !Compressed(magic[:]) {
			obj, err := unchangedObject(f, before)(rd.Read(name, f, before.Size()))
			return obj, nil, err
		}
	}
	data, err := Read(f)
	if err == nil {
		err = unchanged(f, before)
	}
	if err != nil {
		return nil, nil, bare(err)
	}
	return rd.Inflate(name, data)
}

// Inflate is ReadInput for data.
func (rd *Reader) Inflate(name string, data []byte) (*Object, *Archive, error) {
	data, err := Plain(name, data)
	if err != nil {
		return nil, nil, err
	}
	if IsArchive(data) {
		a, err := ParseArchive(name, data)
		if err != nil {
			return nil, nil, err
		}
		return nil, a, nil
	}
	obj, err := Parse(name, data)
	return obj, nil, err
}

// open opens a file to be read.
func open(name string) (*os.File, os.FileInfo, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, bare(err)
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, bare(err)
	}
	return f, fi, nil
}

// read reads an object from a file.
func (rd *Reader) read(name string, f *os.File, fi os.FileInfo) (*Object, error) {
	if fi.Mode().IsRegular() {
		return rd.readAt(name, io.NewSectionReader(f, 0, fi.Size()))
	}
	data, err := Read(f)
	if err != nil {
		return nil, bare(err)
	}
	return rd.inflate(name, data)
}

// readAt reads an object, plain or compressed, from a part of a file.
func (rd *Reader) readAt(name string, f *io.SectionReader) (*Object, error) {
	var magic [4]byte
	if n, _ := f.ReadAt(magic[:], 0); !Compressed(magic[:n]) {
		return rd.Read(name, f, f.Size())
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, bare(err)
	}
	return rd.inflate(name, data)
}

// inflate reads an object, plain or compressed, in memory.
func (rd *Reader) inflate(name string, data []byte) (*Object, error) {
	data, err := Plain(name, data)
	if err != nil {
		return nil, err
	}
	return parse(name, source{data: data, size: uint64(len(data)), transient: rd})
}

// unchangedObject makes an error of what was read of a file that changed meanwhile.
func unchangedObject(f *os.File, before os.FileInfo) func(*Object, error) (*Object, error) {
	return func(obj *Object, err error) (*Object, error) {
		if changed := unchanged(f, before); changed != nil {
			return nil, bare(changed) // whatever else it was read as
		}
		return obj, err
	}
}

// Plain returns data, decompressed if it is compressed. The error is a diag.Diagnostic.
func Plain(name string, data []byte) ([]byte, error) {
	if !Compressed(data) {
		return data, nil
	}
	data, err := Decompress(data)
	if err != nil {
		return nil, diag.Errorf("zstd", diag.Place{Object: name}, "cannot decompress: %s", err)
	}
	return data, nil
}

// bare returns an error without the name of the file, which its diagnostic gives.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// unchanged compares a file that has been read with what it was before.
func unchanged(f *os.File, before os.FileInfo) error {
	after, err := f.Stat()
	if err != nil {
		return err
	}
	if before.Mode().IsRegular() && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		return errChanged
	}
	return nil
}
