// Package reporttest opens the pages that linkmap.WriteHTML writes in a browser. It is a module of its own, so that who uses
// the linker as a library has no browser's client in go.sum.
package reporttest

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var (
	screens = flag.String("screens", "", "folder to write pictures of the pages to")
	pages   string          // folder of the pages
	browser context.Context // nil if there is no Chromium
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "reporttest")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	write := exec.Command("go", "run", "./scripts/reportpages", dir)
	write.Dir = filepath.Join("..", "..")
	if out, err := write.CombinedOutput(); err != nil {
		log.Fatalf("%v: %v\n%s", write, err, out)
	}
	pages = dir
	chromium, err := findChromium()
	if err != nil {
		return m.Run()
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium),
		chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.DisableGPU)
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	defer stop()
	// A browser newer than the client has events that the client does not know, of which it would tell each.
	ctx, stopBrowser := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	defer stopBrowser()
	if err := chromedp.Do(ctx); err != nil {
		log.Fatalf("%s does not start: %v", chromium, err)
	}
	browser = ctx
	code := m.Run()
	if err := chromedp.Cancel(ctx); err != nil { // waits until the browser has gone, and with it its use of dir
		log.Print(err)
	}
	return code
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// tab is a page in the browser, and what went wrong in it.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	faults   []string // errors and warnings of the console, uncaught exceptions, what the policy forbade
	requests []string // addresses that were asked for
}

// newTab opens a tab; when the test ends, it must have asked for no more than the page, without a fault.
func newTab(t *testing.T) *tab {
	t.Helper()
	if browser == nil {
		if s := os.Getenv("STRICT"); s != "" && s != "0" {
			t.Fatal("no chromium")
		}
		t.Skip("no chromium")
	}
	tb := &tab{T: t}
	ctx, closeTab := chromedp.NewContext(browser)
	if err := chromedp.Do(ctx); err != nil { // a first use with a deadline would give it to the whole tab
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	tb.ctx = ctx
	t.Cleanup(func() {
		tb.check()
		stop()
		closeTab()
	})
	if err := chromedp.Listen(ctx, tb.heard); err != nil {
		t.Fatal(err)
	}
	call(tb, network.Enable, network.EnableParams{})
	call(tb, runtime.Enable, cdp.Empty{})
	call(tb, cdplog.Enable, cdp.Empty{})
	call(tb, page.Enable, page.EnableParams{})
	return tb
}

func (tb *tab) heard(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tb.requests = append(tb.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		tb.faults = append(tb.faults, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		tb.faults = append(tb.faults, "exception: "+text)
	case *cdplog.EventEntryAdded:
		tb.faults = append(tb.faults, "log: "+e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		tb.faults = append(tb.faults, "dialog: "+e.Message)
		go func() {
			_, _ = chromedp.Call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

func (tb *tab) check() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, f := range tb.faults {
		tb.Error(f)
	}
	for _, r := range tb.requests {
		if !strings.HasPrefix(r, "file://"+pages+"/") {
			tb.Errorf("the page asked for %s", r)
		}
	}
	if len(tb.requests) == 0 {
		tb.Error("not even the request of the page was seen")
	}
}

func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	if err := chromedp.Do(tb.ctx, steps...); err != nil {
		tb.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](tb *tab, command cdp.Command[P, R], params P) {
	tb.Helper()
	if _, err := chromedp.Call(tb.ctx, command, params); err != nil {
		tb.Fatal(err)
	}
}

// open goes to a view of a page, such as "#symbols?q=foo", and waits until it is there.
func (tb *tab) open(name, hash string) {
	tb.Helper()
	tb.do(chromedp.Navigate("about:blank")) // a change of nothing but the hash would load no page
	tb.mu.Lock()
	tb.requests = nil
	tb.mu.Unlock()
	tb.do(chromedp.Navigate("file://" + filepath.Join(pages, name+".html") + hash))
	if !eval[bool](tb, `document.querySelector("#nav a[aria-current]") !== null`) {
		tb.Fatal("the script drew nothing")
	}
	tb.settle()
}

// settle waits until what is on its way has been drawn.
func (tb *tab) settle() {
	tb.Helper()
	eval[int](tb, `new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => done(1)))))`)
}

// eval returns what a script gives.
func eval[T any](tb *tab, script string) T {
	tb.Helper()
	value, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.Fatalf("%s: %v", script, err)
	}
	return value
}

// texts returns the text of each element.
func (tb *tab) texts(selector string) []string {
	tb.Helper()
	return eval[[]string](tb, fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.innerText)`, selector))
}

// click clicks the first element of a selector, as a mouse does.
func (tb *tab) click(selector string) {
	tb.Helper()
	tb.do(chromedp.Click(chromedp.CSS(selector)))
	tb.settle()
}

// fill types into a field.
func (tb *tab) fill(selector, text string) {
	tb.Helper()
	eval[int](tb, fmt.Sprintf(`(document.querySelector(%q).select(), 1)`, selector)) // typing goes over what is there
	tb.do(chromedp.SendKeys(chromedp.CSS(selector), text))
	tb.settle()
}

// press presses keys where the focus is.
func (tb *tab) press(keys string) {
	tb.Helper()
	tb.do(chromedp.KeyEvent(keys))
	tb.settle()
}

// forgive takes faults away that a test has made on purpose; there must be some.
func (tb *tab) forgive(pattern *regexp.Regexp) {
	tb.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	before := len(tb.faults)
	tb.faults = slices.DeleteFunc(tb.faults, pattern.MatchString)
	tb.requests = slices.DeleteFunc(tb.requests, pattern.MatchString)
	if len(tb.faults) == before {
		tb.Errorf("the browser told nothing of %s", pattern)
	}
}
