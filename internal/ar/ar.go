// Package ar makes archives for tests, in every form that they come in.
package ar

import (
	"bytes"
	"fmt"
)

// Member is a member of an archive.
type Member struct {
	Name string
	Data []byte
}

// GNU returns an archive in the form of GNU's ar, with an index of no symbols.
func GNU(members ...Member) []byte { return gnu("!<arch>\n", members, true) }

// Thin returns a thin archive, which has the names of its members and not their contents.
func Thin(members ...Member) []byte { return gnu("!<thin>\n", members, false) }

func gnu(magic string, members []Member, contents bool) []byte {
	var b, names bytes.Buffer
	at := make([]int, len(members))
	for i, m := range members {
		at[i] = names.Len()
		names.WriteString(m.Name + "/\n")
	}
	b.WriteString(magic)
	add(&b, "/", []byte{0, 0, 0, 0}, true)
	add(&b, "//", names.Bytes(), true)
	for i, m := range members {
		name := m.Name + "/"
		if len(name) > 16 || !contents {
			name = fmt.Sprintf("/%d", at[i])
		}
		add(&b, name, m.Data, contents)
	}
	return b.Bytes()
}

// BSD returns an archive in the form of the BSDs and macOS.
func BSD(members ...Member) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	add(&b, "__.SYMDEF", make([]byte, 8), true)
	for _, m := range members {
		name := append([]byte(m.Name), make([]byte, 4-len(m.Name)%4)...)
		add(&b, fmt.Sprintf("#1/%d", len(name)), append(name, m.Data...), true)
	}
	return b.Bytes()
}

func add(b *bytes.Buffer, name string, data []byte, contents bool) {
	fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "644", len(data))
	if !contents {
		return
	}
	b.Write(data)
	if len(data)%2 != 0 {
		b.WriteByte('\n')
	}
}
