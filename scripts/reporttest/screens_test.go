package reporttest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestScreens opens every view in sizes of a screen and of a telephone, light and dark: none may be wider than the screen.
// With -screens DIR it leaves pictures.
func TestScreens(t *testing.T) {
	schemes := []string{"light"}
	if *screens != "" {
		schemes = append(schemes, "dark") // the same but for colours, which nobody looks at otherwise
	}
	sizes := []struct{ width, height int64 }{{1280, 800}, {390, 844}}
	for _, name := range []string{"firewall", "medium", "hostile", "empty"} {
		for _, scheme := range schemes {
			for _, size := range sizes {
				t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, size.width), func(t *testing.T) {
					tb := newTab(t)
					tb.do(chromedp.EmulateViewport(size.width, size.height))
					call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
					for _, view := range []string{"sizes", "symbols", "probes", "sections", "inputs", "changes"} {
						tb.open(name, "#"+view)
						if w := eval[int64](tb, `document.documentElement.scrollWidth`); w > size.width {
							t.Errorf("%s is %d wide", view, w)
						}
						tb.shoot(fmt.Sprintf("%s-%s-%s-%d.png", name, view, scheme, size.width))
					}
				})
			}
		}
	}
}

func (tb *tab) shoot(file string) {
	tb.Helper()
	if *screens == "" {
		return
	}
	png, err := chromedp.Run(tb.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screens, file), png, 0o644); err != nil {
		tb.Fatal(err)
	}
}
