package reporttest

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// rectangle is a tile of the treemap.
type rectangle struct {
	Name          string
	X, Y, W, H    float64
	Size          float64
	Level, Target string
}

func (tb *tab) tiles() []rectangle {
	tb.Helper()
	return eval[[]rectangle](tb, `(() => {
		const box = document.querySelector(".treemap").getBoundingClientRect();
		return [...document.querySelectorAll(".tile")].map((e) => {
			const r = e.getBoundingClientRect();
			return { Name: e.getAttribute("aria-label"), X: r.x - box.x, Y: r.y - box.y, W: r.width, H: r.height,
				Size: +e.dataset.size, Level: e.classList.contains("outer") ? "outer" : "inner", Target: e.getAttribute("href") || "" };
		});
	})()`)
}

// checkTiles checks that the outer tiles fill the map, and that the area of each is as its size.
func (tb *tab) checkTiles() (total float64) {
	tb.Helper()
	box := eval[[]float64](tb, `(() => {
		const b = document.querySelector(".treemap");
		return [b.clientWidth, b.clientHeight];
	})()`)
	var outer []rectangle
	for _, r := range tb.tiles() {
		if r.X < -.5 || r.Y < -.5 || r.X+r.W > box[0]+.5 || r.Y+r.H > box[1]+.5 {
			tb.Errorf("%s is outside of the map: %+v", r.Name, r)
		}
		if r.Level == "outer" {
			outer = append(outer, r)
			total += r.Size
		}
	}
	if len(outer) == 0 {
		tb.Fatal("no tiles")
	}
	area := 0.0
	for _, r := range outer {
		area += r.W * r.H
		// Browsers round edges to a 64th of a pixel.
		if want := r.Size / total * box[0] * box[1]; math.Abs(r.W*r.H-want) > 2+(r.W+r.H)/16 {
			tb.Errorf("%s: area %.1f, want %.1f", r.Name, r.W*r.H, want)
		}
	}
	if all := box[0] * box[1]; math.Abs(area-all) > all/500 {
		tb.Errorf("tiles take %.0f of %.0f", area, all)
	}
	tb.checkOverlap(outer)
	return total
}

func (tb *tab) checkOverlap(tiles []rectangle) {
	tb.Helper()
	for i, a := range tiles {
		for _, b := range tiles[:i] {
			if w, h := min(a.X+a.W, b.X+b.W)-max(a.X, b.X), min(a.Y+a.H, b.Y+b.H)-max(a.Y, b.Y); w > .1 && h > .1 {
				tb.Errorf("%s and %s overlap by %.2f x %.2f", a.Name, b.Name, w, h)
			}
		}
	}
}

func (tb *tab) crumbs() string { tb.Helper(); return strings.Join(tb.texts(".crumbs li"), " > ") }

func TestTreemap(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "")
	if total := tb.checkTiles(); total != 14768 {
		t.Errorf("tiles are %.0f bytes, the object is 14768", total)
	}

	// In: a section, then an input in it; a symbol leads to the table. Out: by the path, and by the browser.
	tb.click(`.tile.outer[aria-label^=".text, "] b`)
	if got := tb.crumbs(); got != "firewall.o > .text" {
		t.Errorf("after a click on .text: %s", got)
	}
	if total := tb.checkTiles(); total != 1688 {
		t.Errorf("tiles of .text are %.0f bytes", total)
	}
	tb.click(`.tile.outer[aria-label^="libparse.a(parser.o), "] b`)
	if got := tb.crumbs(); got != "firewall.o > .text > libparse.a(parser.o)" {
		t.Errorf("after a click on an input: %s", got)
	}
	if total := tb.checkTiles(); total != 936+312 {
		t.Errorf("tiles of parser.o are %.0f bytes", total)
	}
	tb.click(`.crumbs a`)
	if got := tb.crumbs(); got != "firewall.o" {
		t.Errorf("after a click on the path: %s", got)
	}
	tb.do(chromedp.NavigateBack())
	tb.settle()
	if got := tb.crumbs(); got != "firewall.o > .text > libparse.a(parser.o)" {
		t.Errorf("after the browser's back: %s", got)
	}
	tb.click(`.tile.outer[aria-label^="parse_ports, "]`)
	if got := tb.names(); !slices.Equal(got, []string{"parse_ports", "parse_ports.known"}) {
		t.Errorf("after a click on a symbol: %q", got)
	}
}

func TestTreemapByInput(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "#sizes?by=input")
	if total := tb.checkTiles(); total != 14768 {
		t.Errorf("tiles are %.0f bytes, the object is 14768", total)
	}
	tb.click(`.bar input[type=checkbox]`)
	if total := tb.checkTiles(); total != 14768+4096 {
		t.Errorf("with zeros, tiles are %.0f bytes", total)
	}
	tb.click(`.tile.outer[aria-label^="build/egress.o, "] b`)
	if got := tb.names(); !slices.Equal(got, []string{".bss", "tc", ".text", ".bpf_sdt_notes"}) {
		t.Errorf("list of egress.o: %q", got)
	}
	tb.checkTiles()
}

func TestTreemapKeys(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "")
	focused := func() string { return eval[string](tb, `document.activeElement.getAttribute("aria-label") || ""`) }
	tb.do(chromedp.Focus(chromedp.CSS(`.treemap a[tabindex="0"]`)))
	first := focused()
	tb.press(kb.ArrowRight)
	if focused() == first || focused() == "" {
		t.Errorf("the arrow key leads from %q to %q", first, focused())
	}
	tb.press(kb.ArrowLeft)
	if focused() != first {
		t.Errorf("back leads to %q", focused())
	}
	if tip := tb.texts("#tip"); !strings.Contains(tip[0], "bytes") {
		t.Errorf("the tip says %q", tip)
	}
	tb.shoot("keys.png")
	tb.press(kb.Enter)
	if tb.crumbs() == "firewall.o" {
		t.Error("Enter does not zoom")
	}
	if focused() == "" {
		t.Error("the focus is lost")
	}
	tb.press(kb.Escape)
	if got := tb.crumbs(); got != "firewall.o" {
		t.Errorf("after Escape: %s", got)
	}
}

// names are the cells of the first column that holds names.
func (tb *tab) names() []string {
	tb.Helper()
	return eval[[]string](tb, `[...document.querySelectorAll("tbody tr")]
		.map((r) => r.querySelector("td.name")?.firstChild.textContent || "")`)
}

func (tb *tab) column(n int) []string {
	tb.Helper()
	return tb.texts(fmt.Sprintf("tbody td:nth-child(%d)", n))
}

func TestSymbols(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "#symbols")
	if n := len(tb.names()); n != 17 {
		t.Fatalf("%d symbols", n)
	}
	search := "input[type=search]"
	tb.fill(search, "PARSE_p")
	if got := tb.names(); !slices.Equal(got, []string{"parse_packet", "parse_ports", "parse_ports.known"}) {
		t.Errorf("text: %q", got)
	}
	tb.fill(search, `/^(count|egress)\b/`)
	if got := tb.names(); !slices.Equal(got, []string{"egress", "count", "count.2"}) {
		t.Errorf("regexp: %q", got)
	}
	if hash := eval[string](tb, `decodeURIComponent(location.hash)`); !strings.HasPrefix(hash, `#symbols?q=/^(count|egress)`) {
		t.Errorf("address %q", hash)
	}
	tb.fill(search, `/(/`)
	if got := tb.texts("[role=alert]"); got[0] != "not a regular expression" {
		t.Errorf("a faulty regexp: %q", got)
	}
	tb.open("firewall", "#symbols?q=parse_ports&sort=-size")
	if got := tb.names(); !slices.Equal(got, []string{"parse_ports", "parse_ports.known"}) {
		t.Errorf("from the address: %q", got)
	}
	tb.open("firewall", "#symbols")
	eval[int](tb, `(() => {
		const s = [...document.querySelectorAll("select")].find((s) => s.parentNode.textContent.startsWith("Type"));
		s.value = [...s.options].find((o) => o.textContent === "object").value; s.dispatchEvent(new Event("change"));
		return 1;
	})()`)
	for _, kind := range tb.column(4) {
		if kind != "object" {
			t.Errorf("the filter lets %q pass", kind)
		}
	}
	if n := len(tb.names()); n != 6 {
		t.Errorf("%d objects", n)
	}
}

func TestSort(t *testing.T) {
	tb := newTab(t)
	tb.open("medium", "#symbols")
	tb.click("th:nth-child(2) button")
	number := func(s string) int { n, _ := strconv.Atoi(strings.ReplaceAll(s, ",", "")); return n }
	down := func(a, b string) int { return cmp.Compare(number(b), number(a)) }
	if sizes := tb.column(2); len(sizes) != 100 || !slices.IsSortedFunc(sizes, down) || sizes[0] == sizes[99] {
		t.Errorf("sizes %q", sizes)
	}
	tb.click("th:nth-child(1) button")
	if names := tb.names(); !slices.IsSorted(names) {
		t.Errorf("names %q", names)
	}
	tb.click("th:nth-child(1) button")
	if names := tb.names(); names[0] != "net_part0039_049_seen" {
		t.Errorf("names, down: %q", names)
	}
	if got := tb.texts(`th[aria-sort="descending"]`); len(got) != 1 || !strings.HasPrefix(got[0], "Name") {
		t.Errorf("sorted by %q", got)
	}
	tb.click(".pager button:last-child")
	if got := tb.texts(".pager [role=status]"); got[0] != "101 to 200 of 2,000" {
		t.Errorf("second page: %q", got)
	}
}

func TestProbes(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "#probes")
	text := strings.Join(tb.texts("main"), "\n")
	for _, want := range []string{"packet_dropped", "(struct xdp_md *, unsigned int)", "flag bpf_sdt_enabled_packet_dropped",
		"xdp+0x118", "src/firewall.c:34:3", "src/parser.c:47:2", "parse_packet in firewall, egress", "call packet_dropped", "r6", "nop", "(no site)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestOtherViews(t *testing.T) {
	tb := newTab(t)
	for view, wants := range map[string][]string{
		"inputs":   {"linked for parse_packet, to which build/firewall.o refers", "libparse.a(checksum.o)", "9,864"},
		"sections": {".bpf_sdt_notes", "0x40", "6,212"},
		"changes":  {"dump_packet", "nothing calls it", "libparse.a(ipv6.o)", "count.2", "code refers to the map"},
	} {
		tb.open("firewall", "#"+view)
		text := strings.Join(tb.texts("main"), "\n")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in:\n%s", view, want, text)
			}
		}
	}
}

var control = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

// Names are shown as text, and run nothing; newTab looks for requests, dialogs and what the policy had to forbid.
func TestHostile(t *testing.T) {
	tb := newTab(t)
	views := []string{"sizes", "sizes?by=input", "sizes?at=2", "symbols", "probes", "sections", "inputs", "changes"}
	for _, view := range views {
		tb.open("hostile", "#"+view)
		made := `document.querySelectorAll("img, svg, iframe, object, embed, link, base, form, [onerror], [onload]").length`
		if n := eval[int](tb, made); n != 0 {
			t.Errorf("%s: %d elements that a name made", view, n)
		}
		if n := eval[int](tb, `document.querySelectorAll("script").length`); n != 2 {
			t.Errorf("%s: %d scripts", view, n)
		}
		if eval[bool](tb, `"owned" in window`) {
			t.Errorf("%s: a name ran", view)
		}
		out := `[...document.querySelectorAll("a")].filter((a) => !a.getAttribute("href").startsWith("#")).length`
		if n := eval[int](tb, out); n != 0 {
			t.Errorf("%s: %d links lead out of the page", view, n)
		}
		if control.MatchString(eval[string](tb, `document.body.innerText`)) {
			t.Errorf("%s: control characters", view)
		}
	}
	tb.open("hostile", "#inputs")
	if text := tb.texts("main")[0]; !strings.Contains(text, `</script><img src=x onerror=alert(1)>build/firewall.o`) {
		t.Errorf("the name is not shown as text:\n%s", text)
	}
	// What is in the address is as little trusted.
	tb.open("hostile", `#symbols?q=%3Cimg%20src=x%20onerror=alert(1)%3E&sort=__proto__&page=1e9&section=constructor`)
	tb.open("hostile", `#__proto__?at=constructor.0.-1`)
	tb.open("hostile", `#sizes?at=99999999999.-1.x`)
}

// The policy is in force: what is not the page's own script does not run. The browser says so, which is no fault here.
func TestPolicy(t *testing.T) {
	tb := newTab(t)
	tb.open("firewall", "")
	ran := eval[string](tb, `(() => {
		const s = document.createElement("script");
		let how = "";
		try { s.textContent = "window.owned = 1"; document.body.append(s); } catch (e) { how += "script "; }
		try { document.body.innerHTML = "<b>x</b>"; } catch (e) { how += "html "; }
		return how + ("owned" in window);
	})()`)
	if ran != "script html false" {
		t.Errorf("%q", ran)
	}
	if got := eval[string](tb, `fetch("https://example.com/").then(() => "fetched", () => "refused")`); got != "refused" {
		t.Error(got)
	}
	tb.forgive(regexp.MustCompile(`Content Security Policy|Trusted|TrustedHTML|TrustedScript|example\.com`))
}

func TestLarge(t *testing.T) {
	tb := newTab(t)
	tb.open("large", "#symbols")
	if got := tb.texts(".pager [role=status]"); got[0] != "1 to 100 of 100,000" {
		t.Errorf("%q", got)
	}
	if n := eval[int](tb, `document.querySelectorAll("*").length`); n > 5000 {
		t.Errorf("%d elements", n)
	}
	tb.fill("input[type=search]", "part0123_00")
	if got := tb.names(); len(got) != 10 {
		t.Errorf("%q", got)
	}
	tb.fill("input[type=search]", "net")
	tb.click("th:nth-child(2) button")
	tb.click("th:nth-child(1) button")
	tb.open("large", "")
	tb.checkTiles()
	tb.open("large", "#sizes?by=input")
	tb.checkTiles()
	if n := eval[int](tb, `document.querySelectorAll(".tile").length`); n > 20000 {
		t.Errorf("%d tiles", n)
	}
	tb.shoot("large.png")
	ms := eval[float64](tb, `(() => {
		const t = performance.now();
		render();
		document.body.offsetWidth;
		return performance.now() - t;
	})()`)
	t.Logf("drawing takes %.0f ms", ms)
}

func TestWithoutScript(t *testing.T) {
	tb := newTab(t)
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	tb.do(chromedp.Navigate("file://"+filepath.Join(pages, "firewall.html")), chromedp.WaitReady(chromedp.CSS("noscript table")))
	text, err := chromedp.Run(tb.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"firewall.o", "14,768 bytes", ".BTF.ext", "libparse.a(parser.o)", "linked for parse_packet"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	tb.shoot("noscript.png")
}

func TestPrint(t *testing.T) {
	tb := newTab(t)
	tb.do(chromedp.EmulateViewport(760, 1000)) // paper, more or less
	for _, view := range []string{"sizes", "symbols"} {
		tb.open("firewall", "#"+view)
		call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		if shown := eval[string](tb, `getComputedStyle(document.getElementById("nav")).display`); shown != "none" {
			t.Error("the links to other views are printed")
		}
		tb.shoot("print-" + view + ".png")
		pdf, err := chromedp.Run(tb.ctx, chromedp.PrintToPDF())
		if err != nil || len(pdf) < 5000 {
			t.Fatalf("%d bytes, %v", len(pdf), err)
		}
	}
}
