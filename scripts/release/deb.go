package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"regexp"
	"strings"
	"time"
)

const (
	maintainer = "The maintainers of bpf-sdt-link <bpfsdt@users.noreply.github.com>"
	homepage   = "https://" + mainModule
)

// deb makes a Debian package (deb(5)): an ar archive of its format's version, what describes it, and its files.
func (r *release) deb(b *binary, texts map[string][]byte) ([]byte, error) {
	version := debVersion(r.version, r.time)
	files, err := r.debTree(b, texts, version)
	if err != nil {
		return nil, err
	}
	data, err := tarFile("./", files, r.time)
	if err != nil {
		return nil, err
	}
	var sums strings.Builder
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(files[name].data), name)
	}
	control, err := tarFile("./", tree{
		"control": {data: debControl(b, version, files)},
		"md5sums": {data: []byte(sums.String())},
	}, r.time)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	member := func(name string, data []byte) {
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, r.time.Unix(), 0, 0, 0o100644, len(data))
		out.Write(data)
		if len(data)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	member("debian-binary", []byte("2.0\n"))
	member("control.tar.gz", control)
	member("data.tar.gz", data)
	return out.Bytes(), nil
}

func debControl(b *binary, version string, files tree) []byte {
	size := 0 // as policy has it: KiB, a file rounded up, a folder 1
	for _, f := range files {
		size += (len(f.data) + 1023) / 1024
	}
	size += len(folders(files))
	return fmt.Appendf(nil, `Package: bpf-sdt-link
Version: %s
Architecture: %s
Maintainer: %s
Installed-Size: %d
Suggests: bpftool, clang, make
Section: devel
Priority: optional
Homepage: %s
Description: link BPF objects, static tracing probes included
 bpf-sdt-link makes one relocatable BPF object of many, as 'bpftool gen object'
 does. It also links objects with static tracing probes (BPF SDT), checks and
 lists the probes, and can make calls of them that today's kernels can trace.
 .
 The C header with which probes are written is in the package.
`, version, b.arch, maintainer, size, homepage)
}

const debDoc = "usr/share/doc/bpf-sdt-link/"

// debTree is what a package installs: below /usr, and in the folder that Debian has for a package's texts.
func (r *release) debTree(b *binary, texts map[string][]byte, version string) (tree, error) {
	t := tree{
		"usr/bin/bpf-sdt-link":                     {b.data, true},
		debDoc + "README.md":                       {data: texts["README.md"]},
		debDoc + "copyright":                       {data: debCopyright(b, texts)},
		"usr/share/lintian/overrides/bpf-sdt-link": {data: []byte(overrides)},
	}
	for name, data := range texts {
		if strings.HasPrefix(name, "include/") || strings.HasPrefix(name, "share/") && !strings.Contains(name, "/man/") {
			t["usr/"+name] = file{data: data}
		}
	}
	// Debian has zsh look in a folder of its own for what packages bring.
	zsh := "usr/" + completions["zsh"]
	t["usr/share/zsh/vendor-completions/_bpf-sdt-link"] = t[zsh]
	delete(t, zsh)
	changes := fmt.Appendf(nil, "bpf-sdt-link (%s) unstable; urgency=medium\n\n  * Release %s. See changelog.gz.\n\n -- %s  %s\n",
		version, r.version, maintainer, r.time.Format(time.RFC1123Z))
	for name, data := range map[string][]byte{
		"usr/share/man/man1/bpf-sdt-link.1": texts["share/man/man1/bpf-sdt-link.1"],
		debDoc + "changelog":                texts["CHANGELOG.md"],
		debDoc + "changelog.Debian":         changes,
	} {
		packed, err := gzipped(data)
		if err != nil {
			return nil, err
		}
		t[name+".gz"] = file{data: packed}
	}
	return t, nil
}

// overrides tells lintian what is meant to be so.
const overrides = `# It is written in Go, and runs wherever there is a kernel.
bpf-sdt-link: statically-linked-binary [usr/bin/bpf-sdt-link]
# The text is part of the license of a library, which is quoted as a whole.
bpf-sdt-link: copyright-file-contains-full-apache-2-license
# The package is not in Debian.
bpf-sdt-link: initial-upload-closes-no-bugs *
`

func debCopyright(b *binary, texts map[string][]byte) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `bpf-sdt-link, from %s

Copyright: the authors of bpf-sdt-link
License: Apache-2.0, see /usr/share/common-licenses/Apache-2.0

/usr/include/bpf-sdt-link/bpf_sdt.h is under LGPL-2.1, see /usr/share/common-licenses/LGPL-2.1, or BSD-2-Clause, at your
choice:

`, homepage)
	out.Write(bytes.TrimSpace(texts["LICENSES/BSD-2-Clause.txt"]))
	out.WriteString("\n\n")
	out.Write(noticeText(b.notices))
	return out.Bytes()
}

// described is a version as git describes it: that of a tag, and how many commits have come since.
var described = regexp.MustCompile(`^v?([0-9]+(?:\.[0-9]+)*)(?:-([0-9A-Za-z.]+))?(?:-([0-9]+)-(g[0-9a-f]+))?$`)

var notInDebVersion = regexp.MustCompile(`[^0-9A-Za-z.+~]`)

// debVersion is a version in Debian's words, which sorts as it should: 1.2.3~rc.1 before 1.2.3, 1.2.3+4.gabc behind it, and
// what has no number before all that has one.
func debVersion(version string, at time.Time) string {
	base, dirty := strings.CutSuffix(version, "-dirty")
	out := "0~" + at.Format("20060102.150405") + "." + notInDebVersion.ReplaceAllString(base, ".")
	if m := described.FindStringSubmatch(base); m != nil && strings.Contains(m[1], ".") {
		out = m[1]
		if m[2] != "" {
			out += "~" + m[2]
		}
		if m[3] != "" {
			out += "+" + m[3] + "." + m[4]
		}
	}
	if dirty {
		out += "+dirty"
	}
	return out + "-1"
}
