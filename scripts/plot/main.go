// Plot draws the time of both linkers against the number of objects, on logarithmic axes, from the results of
// scripts/bench. It is a module of its own so that the linker's does not need a plotting library.
//
//	plot RESULTS.json OUT.svg
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

type sample struct {
	CPU float64 `json:"cpu_seconds"`
}

// results is what is needed of results.json.
type results struct {
	Growth []struct {
		Kind   string `json:"kind"`
		Points []struct {
			N      int     `json:"n"`
			Ours   *sample `json:"ours"`
			Theirs *sample `json:"bpftool"`
		} `json:"points"`
	} `json:"growth"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: plot RESULTS.json OUT.svg")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	ours, theirs := points(r)
	if len(ours) == 0 {
		fmt.Fprintln(os.Stderr, "plot: growth by objects was not measured; the plot stays as it is")
		return nil
	}
	return drawPlot(ours, theirs, args[1])
}

// points are the times of both tools by the number of objects.
func points(r results) (ours, theirs plotter.XYs) {
	for _, g := range r.Growth {
		if g.Kind != "d" {
			continue
		}
		for _, p := range g.Points {
			if p.Ours != nil {
				ours = append(ours, plotter.XY{X: float64(p.N), Y: p.Ours.CPU})
			}
			if p.Theirs != nil {
				theirs = append(theirs, plotter.XY{X: float64(p.N), Y: p.Theirs.CPU})
			}
		}
	}
	return ours, theirs
}

func drawPlot(ours, theirs plotter.XYs, path string) error {
	p := plot.New()
	p.BackgroundColor = color.White // for readers with a dark background
	p.X.Label.Text = "objects of 100 functions"
	p.Y.Label.Text = "CPU seconds"
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Scale = plot.LogScale{}
		axis.Tick.Marker = plot.LogTicks{Prec: -1}
	}
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = true, true
	blue, orange := color.RGBA{B: 0xb0, G: 0x60, A: 0xff}, color.RGBA{R: 0xd0, G: 0x60, A: 0xff}
	if err := addLine(p, "bpftool gen object", theirs, orange, draw.SquareGlyph{}); err != nil {
		return err
	}
	if err := addLine(p, "bpf-sdt-link", ours, blue, draw.CircleGlyph{}); err != nil {
		return err
	}
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, path)
}

func addLine(p *plot.Plot, name string, points plotter.XYs, c color.Color, shape draw.GlyphDrawer) error {
	if len(points) == 0 {
		return nil
	}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, vg.Points(1.5)
	marks.Color, marks.Shape = c, shape
	p.Add(line, marks)
	p.Legend.Add(name, line, marks)
	return nil
}
