package main

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// progressAfter is how long a link takes before its progress is shown.
const progressAfter = time.Second

// bar shows on a terminal how far a link is, once it has taken a while.
type bar struct {
	start    *time.Timer
	frames   *frames
	writer   progress.Writer
	tracker  *progress.Tracker
	rendered chan struct{} // closed when nothing is shown any more
}

const reading = "reading objects" // no phase has a longer name

func newBar(terminal io.Writer) *bar {
	b := &bar{frames: &frames{w: terminal}, writer: progress.NewWriter(), rendered: make(chan struct{})}
	b.tracker = &progress.Tracker{Message: reading, RemoveOnCompletion: true}
	b.writer.SetOutputWriter(b.frames)
	b.writer.SetTerminalWidth(terminalWidth(terminal)) // it does not know that of standard error
	b.writer.SetMessageLength(len(reading))
	style := b.writer.Style()
	style.Visibility.ETA, style.Visibility.Time = false, true
	style.Options.TimeInProgressPrecision = time.Second / 10
	style.Options.PercentIndeterminate = strings.Repeat(" ", len("50.00%")) // no input has been read
	b.writer.AppendTracker(b.tracker)
	b.start = time.AfterFunc(progressAfter, func() {
		b.writer.Render()
		close(b.rendered)
	})
	return b
}

func (b *bar) update(p linker.Progress) {
	switch {
	case p.Total > 0:
		b.tracker.UpdateTotal(int64(p.Total))
		b.tracker.SetValue(min(int64(p.Done), int64(p.Total)-1)) // at the total it would count as done
	case p.Phase != "load" && p.Phase != "":
		b.tracker.UpdateMessage(p.Phase)
	}
}

// hide leaves the terminal as it was.
func (b *bar) hide() {
	if b.start.Stop() {
		return // it has not begun
	}
	b.tracker.MarkAsDone()
	for {
		b.writer.Stop() // has no effect before Render gets going
		select {
		case <-b.rendered:
			_, _ = b.frames.Write(nil)
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// frames writes each frame in place of the one before. progress.Writer does so by itself only with trackers that it leaves on
// the terminal when they are done.
type frames struct {
	w     io.Writer
	lines int // of the frame that is shown
}

const eraseLineAbove = "\x1b[1A\x1b[2K"

func (f *frames) Write(frame []byte) (int, error) {
	out := append([]byte(strings.Repeat(eraseLineAbove, f.lines)), frame...)
	f.lines = bytes.Count(frame, []byte("\n"))
	if len(out) > 0 {
		if _, err := f.w.Write(out); err != nil {
			return 0, err
		}
	}
	return len(frame), nil
}
