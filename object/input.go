package object

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// errChanged is an input that somebody wrote to at the same time: what was read may be half old and half new.
var errChanged = errors.New("the file changed while it was read")

// elfMagic starts every ELF file.
var elfMagic = []byte("\x7fELF")

// identSize is how many bytes tell what an input is: those of e_ident, of which Parse judges.
const identSize = 16

// Read returns all that r has if it starts as an object does, plain or compressed. Of anything else it returns the first
// bytes, for Parse to refuse, so that /dev/zero or a disk image does not fill the memory.
func Read(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, identSize)
	if err == nil && (Compressed(b.Bytes()) || bytes.HasPrefix(b.Bytes(), elfMagic)) {
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
