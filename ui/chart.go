package ui

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Chart is a drawing of numbers: SVG made on the server, with a table of the
// same numbers. Pointing at it, or the arrow keys, read values out.
type Chart struct {
	Label  string               // what the chart shows, in a sentence
	X      []string             // the names of the points
	Series []Series             // at most five
	Height int                  // in pixels; 0 is 240
	Format func(float64) string // of values; nil is a whole number in the user's language
}

// Series is one line, area or set of bars. A value that is missing is NaN.
type Series struct {
	Name   string
	Values []float64
}

// AreaChart fills the first series and draws the others as lines.
func AreaChart(c *Ctx, ch Chart) Node { return ch.draw(c, "area") }

// LineChart draws lines.
func LineChart(c *Ctx, ch Chart) Node { return ch.draw(c, "line") }

// BarChart draws bars, side by side.
func BarChart(c *Ctx, ch Chart) Node { return ch.draw(c, "bar") }

// chartDefs is the gradient of areas, once in a document.
var chartDefs = g.Raw(`<svg width="0" height="0" class="defs" aria-hidden="true"><defs><linearGradient id="area-fade" x1="0" y1="0" x2="0" y2="1"><stop class="g0" offset="0"/><stop class="g1" offset="1"/></linearGradient></defs></svg>`)

const (
	chartTop    = 14 // room above the plot, in pixels
	chartBottom = 26 // and below, for the names of points
	chartTicks  = 4  // about so many lines
	chartNames  = 13 // at most so many names of points are written
)

// plot maps values and points to the drawing.
type plot struct {
	height int
	low    float64
	high   float64
	step   float64 // between two lines
	points int
	bars   bool
}

func (ch Chart) draw(c *Ctx, kind string) Node {
	if len(ch.X) == 0 || len(ch.Series) == 0 {
		return EmptyState("chart-no-axes-column", c.T("chart.empty"), "")
	}
	if ch.Format == nil {
		ch.Format = func(v float64) string { return c.Number(v, 0) }
	}
	p := plot{height: ch.Height, points: len(ch.X), bars: kind == "bar"}
	if p.height == 0 {
		p.height = 240
	}
	series := make([]Series, len(ch.Series))
	for i, s := range ch.Series { // ragged series must not break a page
		values := make([]float64, len(ch.X))
		for j := range values {
			values[j] = math.NaN()
			if j < len(s.Values) && !math.IsInf(s.Values[j], 0) {
				values[j] = s.Values[j]
			}
			if !math.IsNaN(values[j]) {
				p.low, p.high = min(p.low, values[j]), max(p.high, values[j])
			}
		}
		series[i] = Series{s.Name, values}
	}
	ch.Series = series
	p.scale()
	var b buffer
	ch.drawAxis(&b, p)
	b.raw(`<svg class="chart" width="100%" height="`).raw(strconv.Itoa(p.height)).raw(`" role="img" aria-label="`).text(ch.Label).raw(`" overflow="visible">`)
	ch.drawGrid(&b, p)
	if p.bars {
		ch.drawBars(&b, p)
	} else {
		ch.drawLines(&b, p, kind == "area")
	}
	fmt.Fprintf(&b, `<g class="hover" visibility="hidden"><line y1="%d" y2="%d"/>`, chartTop, p.height-chartBottom)
	for i := range ch.Series {
		fmt.Fprintf(&b, `<circle class="c%d" r="4"/>`, i%5+1)
	}
	b.raw(`</g></svg>`)
	return ch.figure(c, p, string(b.bytes))
}

// y is the height of a value in the drawing, in pixels from the top.
func (p plot) y(v float64) float64 {
	if math.IsNaN(v) {
		v = 0
	}
	return chartTop + float64(p.height-chartTop-chartBottom)*(1-(v-p.low)/(p.high-p.low))
}

// x is where a point is, in percent of the width.
func (p plot) x(i int) float64 {
	if p.bars {
		return (float64(i) + 0.5) / float64(p.points) * 100
	}
	return float64(i) / float64(max(1, p.points-1)) * 100
}

// scale rounds the range, which holds 0, to lines at round numbers.
func (p *plot) scale() {
	p.step = nice((p.high*1.02 - p.low*1.02) / chartTicks)
	if p.step == 0 {
		p.step = 0.25
		p.high = 1
	}
	p.high = math.Ceil(p.high*1.02/p.step) * p.step
	p.low = math.Floor(p.low*1.02/p.step) * p.step
}

func (p plot) ticks() int { return int(math.Round((p.high-p.low)/p.step)) + 1 }

func (p plot) tick(i int) float64 { return p.low + p.step*float64(i) }

// The width of the labels beside a chart, in pixels: at least minAxis; axisGlyph is
// that of a digit at the size of the labels.
const (
	minAxis   = 54
	axisGlyph = 7
	axisGap   = 10
)

func (ch Chart) drawAxis(b *buffer, p plot) {
	labels, longest := make([]string, p.ticks()), 0
	for i := range labels {
		labels[i] = ch.Format(p.tick(i))
		longest = max(longest, utf8.RuneCountInString(labels[i]))
	}
	width := max(minAxis, longest*axisGlyph+axisGap+4)
	fmt.Fprintf(b, `<svg class="yaxis" width="%d" height="%d" aria-hidden="true">`, width, p.height)
	for i, label := range labels {
		fmt.Fprintf(b, `<text x="%d" y="%.1f" dy="3.5" text-anchor="end">`, width-axisGap, p.y(p.tick(i)))
		b.text(label).raw(`</text>`)
	}
	b.raw(`</svg>`)
}

func (ch Chart) drawGrid(b *buffer, p plot) {
	for i := range p.ticks() {
		line := "grid"
		if math.Abs(p.tick(i)) < p.step/2 {
			line = "axis"
		}
		fmt.Fprintf(b, `<line class="%s" x1="0" x2="100%%" y1="%.1f" y2="%.1f"/>`, line, p.y(p.tick(i)), p.y(p.tick(i)))
	}
	// of many points some have names, none of them at an edge, where it would be
	// pushed towards the next
	step := max(1, (p.points+chartNames-1)/chartNames)
	for i := step / 2; i < p.points; i += step {
		anchor := "middle"
		switch {
		case p.bars:
		case i == p.points-1 && step > 1:
			continue
		case i == 0:
			anchor = "start"
		case i == p.points-1:
			anchor = "end"
		}
		fmt.Fprintf(b, `<text class="xl" x="%.2f%%" y="%d" text-anchor="%s">`, p.x(i), p.height-6, anchor)
		b.text(ch.X[i]).raw(`</text>`)
	}
}

func (ch Chart) drawBars(b *buffer, p plot) {
	n := len(ch.Series)
	width := 100 / float64(p.points) * 0.62 / float64(n)
	for s, series := range ch.Series {
		for i, v := range series.Values {
			top, bottom := p.y(max(v, 0)), p.y(min(v, 0))
			if math.IsNaN(v) {
				continue
			}
			fmt.Fprintf(b, `<rect class="bar c%d" x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f" rx="3"/>`,
				s%5+1, p.x(i)-width*float64(n)/2+width*float64(s), top, width*0.92, bottom-top)
		}
	}
}

func (ch Chart) drawLines(b *buffer, p plot, area bool) {
	fmt.Fprintf(b, `<svg x="0" y="0" width="100%%" height="%d" viewBox="0 0 1000 %d" preserveAspectRatio="none" overflow="visible">`, p.height, p.height)
	for s, series := range ch.Series {
		line := smooth(series.Values, func(i int) float64 { return p.x(i) * 10 }, p.y)
		if area && s == 0 {
			fmt.Fprintf(b, `<path class="area" fill="url(#area-fade)" d="%s L1000 %.1f L0 %.1f Z"/>`, line, p.y(0), p.y(0))
		}
		fmt.Fprintf(b, `<path class="line c%d" d="%s" vector-effect="non-scaling-stroke"/>`, s%5+1, line)
	}
	b.raw(`</svg>`)
}

// figure puts legend, drawing and table together. The script reads the points
// from a data attribute.
func (ch Chart) figure(c *Ctx, p plot, drawing string) Node {
	type point struct {
		Label string    `json:"l"`
		X     float64   `json:"x"`
		Y     []float64 `json:"y"`
		Text  []string  `json:"v"`
	}
	points := make([]point, p.points)
	for i := range points {
		points[i] = point{Label: ch.X[i], X: math.Round(p.x(i)*100) / 100}
		for _, s := range ch.Series {
			text := "–"
			if !math.IsNaN(s.Values[i]) {
				text = ch.Format(s.Values[i])
			}
			points[i].Y = append(points[i].Y, math.Round(p.y(s.Values[i])*10)/10)
			points[i].Text = append(points[i].Text, text)
		}
	}
	names := make([]string, len(ch.Series))
	legend := make([]Node, len(ch.Series))
	for i, s := range ch.Series {
		names[i] = s.Name
		legend[i] = h.Li(h.I(class("sw", "c"+strconv.Itoa(i%5+1))), g.Text(s.Name))
	}
	data, _ := json.Marshal(map[string]any{"n": names, "p": points}) // finite numbers and texts
	return h.Figure(class("chartbox"), h.Data("chart", string(data)), attr("tabindex", "0"), h.Role("group"), h.Aria("label", ch.Label+" "+c.T("chart.keys")),
		h.Ul(class("legend"), group(legend)),
		h.Div(class("plot"), g.Raw(drawing), h.Div(class("tip"), h.Role("status"))),
		h.Details(class("astable"), h.Summary(g.Text(c.T("chart.table"))),
			h.Table(class("table"),
				h.THead(h.Tr(h.Th(h.Scope("col"), srOnly(ch.Label)), g.Map(names, func(s string) Node { return h.Th(h.Scope("col"), class("num"), g.Text(s)) }))),
				h.TBody(g.Map(points, func(pt point) Node {
					return h.Tr(h.Th(h.Scope("row"), g.Text(pt.Label)), g.Map(pt.Text, func(s string) Node { return h.Td(class("num"), g.Text(s)) }))
				})))))
}

// nice is the next round number from v up, 0 for none.
func nice(v float64) float64 {
	if v <= 0 {
		return 0
	}
	e := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if m*e >= v {
			return m * e
		}
	}
	return 10 * e
}
