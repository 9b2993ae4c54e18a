// Release makes the files of a release from a source tree: for each system an archive, its list of contents (SBOM), for
// Linux a Debian package, and the sums of them all. The same tree, version, time and Go give the same bytes, on whatever
// machine and in whatever folder. It is a module of its own so that the linker's does not need what it uses.
//
//	release -root DIR -version V -out DIR -- GO-BUILD-FLAG...
//
// The time that files have is that of SOURCE_DATE_EPOCH, else of the last commit.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// release is what all files of one release have in common.
type release struct {
	root    string // of the source tree
	out     string
	version string // as git describes it: v1.2.3
	time    time.Time
	flags   []string // of go build
	goTool  string   // its version
	temp    string   // folder for binaries

	files map[string][]byte // that are done, by name
}

func main() {
	var r release
	flag.StringVar(&r.root, "root", ".", "the source tree, `DIR`")
	flag.StringVar(&r.out, "out", "build/release", "the folder to make, `DIR`; what it has goes")
	flag.StringVar(&r.version, "version", "", "the version, `V`")
	flag.Parse()
	r.flags = flag.Args()
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// versionForm is what is safe in names of files, in URLs and in the fields of a Debian package.
var versionForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+_-]*$`)

func (r *release) run() (err error) {
	if r.version == "" {
		return errors.New("no version is known: there is no git, so give VERSION=v1.2.3")
	}
	if !versionForm.MatchString(r.version) {
		return fmt.Errorf("'%s' is no version: it can have letters, digits, and . + _ -", r.version)
	}
	if r.time, err = sourceTime(r.root); err != nil {
		return err
	}
	if r.temp, err = os.MkdirTemp("", "bpf-sdt-link-release-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.temp)
	if err := r.make(); err != nil {
		return err
	}
	return r.write()
}

// make makes all files in memory.
func (r *release) make() error {
	if err := r.hostTool(); err != nil {
		return err
	}
	r.files = map[string][]byte{"BUILD.txt": r.record()}
	texts, err := r.texts()
	if err != nil {
		return err
	}
	for _, t := range targets {
		b, err := r.build(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if err := r.pack(b, texts); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}

// pack makes the files of one target.
func (r *release) pack(b *binary, texts map[string][]byte) error {
	name := fmt.Sprintf("bpf-sdt-link-%s-%s-%s", r.version, b.os, b.arch)
	sbom, err := r.sbom(b)
	if err != nil {
		return err
	}
	r.files[name+".cdx.json"] = sbom
	tree := archiveTree(b, texts)
	if b.os == "windows" {
		r.files[name+".zip"], err = zipFile(name, tree, r.time)
	} else {
		r.files[name+".tar.gz"], err = tarFile(name+"/", tree, r.time)
	}
	if err != nil || b.os != "linux" {
		return err
	}
	r.files[name+".deb"], err = r.deb(b, texts)
	return err
}

// record says what somebody needs who wants to make the same bytes.
func (r *release) record() []byte {
	return fmt.Appendf(nil, "version: %s\ngo: %s\nSOURCE_DATE_EPOCH: %d\ngo build flags: %q\n",
		r.version, r.goTool, r.time.Unix(), r.flags)
}

// write puts the files in their folder, in place of all that is there.
func (r *release) write() error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o777); err != nil {
		return err
	}
	var sums strings.Builder
	for _, name := range sortedKeys(r.files) {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(r.files[name]), name)
		if err := os.WriteFile(filepath.Join(r.out, name), r.files[name], 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(sums.String()), 0o666)
}

// noTime is for a tree that knows no time of its own: one without git.
const noTime = 1767225600 // 2026-01-01

// sourceTime is the time that files of a release have.
func sourceTime(root string) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		git := exec.Command("git", "log", "-1", "--format=%ct")
		git.Dir = root
		out, err := git.Output()
		if text = strings.TrimSpace(string(out)); err != nil || text == "" {
			text = strconv.Itoa(noTime)
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	// A zip archive has no times before 1980, and a tar archive none after 2242 without extensions.
	if err != nil || seconds < 315532800 || seconds > 1<<33-1 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is '%s': seconds since 1970 are wanted, not before 1980", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
