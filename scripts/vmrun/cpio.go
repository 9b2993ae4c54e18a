package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// cpio writes a "newc" archive, which is what a kernel unpacks as its initramfs.
type cpio struct {
	w    io.Writer
	seen map[string]bool
	ino  int
	err  error
}

const (
	modeDir  = 0o040000
	modeReg  = 0o100000
	modeLink = 0o120000
	modeChar = 0o020000
)

func newCPIO(w io.Writer) *cpio {
	return &cpio{w: w, seen: map[string]bool{".": true}}
}

func (c *cpio) entry(name string, mode fs.FileMode, size, major, minor int, body io.Reader) {
	if c.err != nil {
		return
	}
	c.ino++
	// Magic, inode, mode, uid, gid, links, mtime, size, device, rdevice,
	// name length, checksum; then the name and the body, padded to 4 bytes.
	hdr := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		c.ino, uint32(mode), 0, 0, 1, 0, size, 0, 0, major, minor, len(name)+1, 0, name)
	hdr += "\x00\x00\x00"[:-len(hdr)&3]
	if _, c.err = io.WriteString(c.w, hdr); c.err != nil || size == 0 {
		return
	}
	if _, c.err = io.CopyN(c.w, body, int64(size)); c.err != nil {
		c.err = fmt.Errorf("pack %s: %w", name, c.err)
		return
	}
	_, c.err = io.WriteString(c.w, "\x00\x00\x00"[:-size&3])
}

// add reports whether name is new, creating its parent folders.
func (c *cpio) add(path string) (name string, fresh bool) {
	name = strings.TrimPrefix(filepath.Clean(path), "/")
	if name == "" || c.seen[name] {
		return name, false
	}
	c.dir(filepath.Dir(name))
	c.seen[name] = true
	return name, true
}

func (c *cpio) dir(path string) {
	if name, fresh := c.add(path); fresh {
		c.entry(name, modeDir|0o755, 0, 0, 0, nil)
	}
}

func (c *cpio) char(path string, major, minor int) {
	if name, fresh := c.add(path); fresh {
		c.entry(name, modeChar|0o600, 0, major, minor, nil)
	}
}

func (c *cpio) file(path string, mode fs.FileMode, body string) {
	if name, fresh := c.add(path); fresh {
		c.entry(name, modeReg|mode, len(body), 0, 0, strings.NewReader(body))
	}
}

// copyFile packs the host file src as path, following symbolic links.
func (c *cpio) copyFile(path, src string) error {
	f, err := os.Open(src)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if name, fresh := c.add(path); fresh {
		c.entry(name, modeReg|fi.Mode().Perm(), int(fi.Size()), 0, 0, f)
	}
	return c.err
}

// copyTree packs a host file or folder under its own absolute path.
func (c *cpio) copyTree(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			c.dir(path)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			if name, fresh := c.add(path); fresh {
				c.entry(name, modeLink|0o777, len(target), 0, 0, strings.NewReader(target))
			}
		case d.Type().IsRegular():
			return c.copyFile(path, path)
		}
		return c.err
	})
}

func (c *cpio) close() error {
	c.entry("TRAILER!!!", 0, 0, 0, 0, nil)
	return c.err
}
