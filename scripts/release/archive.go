package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

// folders returns all folders that the files of a tree are in, those above first.
func folders(t tree) []string {
	seen := map[string]bool{}
	for name := range t {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			seen[dir] = true
		}
	}
	return sortedKeys(seen)
}

func (f file) mode() fs.FileMode {
	if f.program {
		return 0o755
	}
	return 0o644
}

// tarFile makes a compressed tar archive in which all belongs to root. The prefix ends in a slash, and is a folder too.
func tarFile(prefix string, t tree, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	header := func(name string, kind byte, mode fs.FileMode, size int) error {
		return w.WriteHeader(&tar.Header{Name: prefix + name, Typeflag: kind, Mode: int64(mode), Size: int64(size), ModTime: at,
			Uname: "root", Gname: "root", Format: tar.FormatGNU})
	}
	if err := header("", tar.TypeDir, 0o755, 0); err != nil {
		return nil, err
	}
	names := slices.Concat(folders(t), sortedKeys(t))
	slices.Sort(names)
	for _, name := range names {
		f, ok := t[name]
		if !ok {
			if err := header(name+"/", tar.TypeDir, 0o755, 0); err != nil {
				return nil, err
			}
			continue
		}
		if err := header(name, tar.TypeReg, f.mode(), len(f.data)); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// zipFile makes a zip archive of which everything is in one folder.
func zipFile(folder string, t tree, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range sortedKeys(t) {
		h := &zip.FileHeader{Name: folder + "/" + name, Method: zip.Deflate, Modified: at}
		h.SetMode(t[name].mode())
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(t[name].data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// gzipped compresses one file, without a name and a time.
func gzipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}
