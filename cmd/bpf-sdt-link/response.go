package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Response files: "@FILE" on a command line stands for the words in FILE, as for compilers and other linkers. Words have
// blanks between them; quotes of both kinds keep words together, a backslash takes any special meaning from the next
// character. A word that starts with '@' where there is no such file is itself.

// maxResponse bounds what is read of response files, in bytes, which can name one another.
const maxResponse = 64 << 20

type responseReader struct {
	left int64    // bytes that may still be read
	open []string // the files that are being read
}

// expandArgs puts the words of response files in their places. args[0] is the name of the tool.
func expandArgs(args []string) ([]string, error) {
	if !slices.ContainsFunc(args[1:], func(a string) bool { return strings.HasPrefix(a, "@") }) {
		return args, nil
	}
	r := &responseReader{left: maxResponse}
	words, err := r.expand(args[1:])
	return append([]string{args[0]}, words...), err
}

func (r *responseReader) expand(args []string) (words []string, err error) {
	for _, a := range args {
		name, ok := strings.CutPrefix(a, "@")
		if !ok || name == "" {
			words = append(words, a)
			continue
		}
		if slices.Contains(r.open, name) {
			return nil, usagef("", "response file '%s' names itself", name)
		}
		text, err := r.read(name)
		if errors.Is(err, os.ErrNotExist) {
			words = append(words, a)
			continue
		}
		if err != nil {
			return nil, err
		}
		r.open = append(r.open, name)
		inside, closed := splitWords(text)
		if !closed {
			return nil, usagef("", "response file '%s': a quote is not closed", name)
		}
		more, err := r.expand(inside)
		if err != nil {
			return nil, err
		}
		r.open = r.open[:len(r.open)-1]
		words = append(words, more...)
	}
	return words, nil
}

func (r *responseReader) read(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", &fileError{name, "read", err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, r.left+1))
	if err == nil && int64(len(data)) > r.left {
		err = fmt.Errorf("response files have more than %d bytes", maxResponse)
	}
	if err != nil {
		return "", &fileError{name, "read", err}
	}
	r.left -= int64(len(data))
	return string(data), nil
}

// splitWords splits the text of a response file, and reports whether every quote is closed.
func splitWords(text string) (words []string, closed bool) {
	var word strings.Builder
	quote, inWord := byte(0), false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, inWord = c, true
		case strings.IndexByte(" \t\r\n\v\f", c) >= 0:
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0
}
