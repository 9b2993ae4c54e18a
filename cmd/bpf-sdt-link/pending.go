package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// pending holds the temporary files of this process, so that a signal leaves none behind. There is
// one for the process, as there is one signal handler.
var pending = temporaries{files: map[string]*os.File{}, children: map[*os.Process]chan struct{}{}}

// temporaries are files that are not yet what they will be, folders of files that others make, and those others. All is
// done under one lock: the signal handler takes it for good, after which no file is made or renamed any more.
type temporaries struct {
	mu       sync.Mutex
	files    map[string]*os.File           // by path; nil for a folder
	children map[*os.Process]chan struct{} // each with what is closed at its end
	watching sync.Once
}

// create makes a temporary file in dir with the given contents and returns its path.
func (p *temporaries) create(dir string, data io.WriterTo) (string, error) {
	p.watchSignals()
	p.mu.Lock()
	f, err := createTemp(dir)
	if err == nil {
		p.files[f.Name()] = f
	}
	p.mu.Unlock()
	if err != nil {
		return "", err
	}
	_, err = data.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		p.remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// createDir makes a temporary folder and returns its path. Removing it removes what is in it.
func (p *temporaries) createDir() (string, error) {
	p.watchSignals()
	p.mu.Lock()
	defer p.mu.Unlock()
	dir, err := os.MkdirTemp("", "bpf-sdt-link-*.tmp")
	if err != nil {
		return "", &fileError{os.TempDir(), "write", err}
	}
	p.files[dir] = nil
	return dir, nil
}

// run runs a command to its end. A signal that ends this process ends it before.
func (p *temporaries) run(cmd *exec.Cmd) error {
	p.watchSignals()
	gone := make(chan struct{})
	p.mu.Lock()
	err := cmd.Start()
	if err == nil {
		p.children[cmd.Process] = gone
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	err = cmd.Wait()
	close(gone)
	p.mu.Lock()
	delete(p.children, cmd.Process)
	p.mu.Unlock()
	return err
}

// endChildren has the commands that run end, and kills those that do not. The lock is held.
func (p *temporaries) endChildren() {
	for child := range p.children {
		if child.Signal(syscall.SIGTERM) != nil {
			_ = child.Kill() // the system has no such signal, or it is over
		}
	}
	kill := time.AfterFunc(2*time.Second, func() {
		for child := range p.children {
			_ = child.Kill()
		}
	})
	defer kill.Stop()
	for _, gone := range p.children {
		<-gone
	}
}

// replace gives temporary files their names, all or none; no signal comes between. If one cannot have its name, that one
// is returned, and those before it are as they were.
func (p *temporaries) replace(files []write) (bad write, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range files {
		undo := func(bool) {}
		if i < len(files)-1 { // the last needs no way back
			undo = keep(f.target)
		}
		if err = os.Rename(f.temp, f.target); err != nil {
			undo(false)
			return f, err
		}
		defer func() { undo(err != nil) }()
		delete(p.files, f.temp)
	}
	return write{}, nil
}

// keep holds on to a file by a second link, and returns what ends that: the file is put back if wanted. A file system
// that has no such links, or does not let this user make one, has no way back.
func keep(path string) func(back bool) {
	old := tempName(filepath.Dir(path))
	err := os.Link(path, old)
	return func(back bool) {
		switch {
		case err == nil && back:
			os.Rename(old, path)
		case err == nil:
			os.Remove(old)
		case errors.Is(err, fs.ErrNotExist) && back:
			os.Remove(path)
		}
	}
}

// remove removes a temporary file or folder.
func (p *temporaries) remove(temp string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	os.RemoveAll(temp)
	delete(p.files, temp)
}

// watchSignals makes the signals that end a process remove the temporary files first. A signal
// that is ignored (nohup) stays so. Watching SIGPIPE has the effect, too, that writing to a pipe
// without a reader is an error instead of the end of the process.
func (p *temporaries) watchSignals() {
	p.watching.Do(func() {
		c := make(chan os.Signal, 1)
		for _, s := range endingSignals {
			if !signal.Ignored(s) {
				signal.Notify(c, s)
			}
		}
		go func() { p.die((<-c).(syscall.Signal)) }()
	})
}

// die removes the temporary files and ends the process by the signal, or with the status that a shell has for it.
func (p *temporaries) die(s syscall.Signal) {
	p.mu.Lock() // and never unlocked
	p.endChildren()
	for path, f := range p.files {
		removeOpen(path, f)
	}
	raise(s)
	os.Exit(128 + int(s))
}
