package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Figure is a key figure of a [Metric].
type Figure struct {
	Label string
	Value string // as it is shown; [Ctx.Int] and [Ctx.Number] write numbers
	URL   string // what the figure counts, or ""

	Change        *float64  // in percent since before; nil leaves it out
	LowerIsBetter bool      // a negative change is good news
	Trend         []float64 // drawn small, without axes
}

// Metric is a card with a key figure, its change and its trend.
func Metric(c *Ctx, f Figure) Node {
	value := h.Strong(g.Text(f.Value))
	if f.URL != "" {
		value = h.Strong(anchor(f.URL, "metric-link", g.Text(f.Value)))
	}
	return h.Section(class("card metric"), h.H2(g.Text(f.Label)), h.Div(class("metric-row"), value, delta(c, f)), sparkline(f.Trend))
}

// Spark is a trend small enough for the cell of a table. The label says in words
// what it shows.
func Spark(label string, values []float64) Node {
	if len(values) < 2 {
		return nil
	}
	return h.Span(class("sparkcell"), h.Role("img"), h.Aria("label", label), sparkline(values))
}

func delta(c *Ctx, f Figure) Node {
	if f.Change == nil || math.IsNaN(*f.Change) {
		return nil
	}
	tone, icon, sign := "up", "trending-up", "+"
	if *f.Change < 0 {
		tone, icon, sign = "down", "trending-down", ""
	}
	if f.LowerIsBetter {
		tone = map[string]string{"up": "down", "down": "up"}[tone]
	}
	return h.Span(class("delta", tone), Icon(icon), g.Text(sign+c.Percent(*f.Change, 1)))
}

// sparkline is a trend without axes: decoration beside the figure.
func sparkline(v []float64) Node {
	if len(v) < 2 {
		return nil
	}
	low, high := v[0], v[0]
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		low, high = min(low, x), max(high, x)
	}
	if high == low {
		high++
	}
	line := smooth(v, func(i int) float64 { return float64(i) / float64(len(v)-1) * 200 }, func(x float64) float64 { return 34 - 30*(x-low)/(high-low) })
	return g.Raw(`<svg class="spark" viewBox="0 0 200 38" preserveAspectRatio="none" aria-hidden="true"><path class="area" d="` + line + ` L200 38 L0 38 Z"/><path class="line" d="` + line + `" vector-effect="non-scaling-stroke"/></svg>`)
}

// smooth is a path through the values: monotone cubics, which never go above or
// below them.
func smooth(values []float64, x func(int) float64, y func(float64) float64) string {
	n := len(values)
	if n == 0 {
		return ""
	}
	xs, ys := make([]float64, n), make([]float64, n)
	for i := range values {
		xs[i], ys[i] = x(i), y(values[i])
	}
	slope, secant := make([]float64, n), make([]float64, n)
	for i := 0; i+1 < n; i++ {
		secant[i] = (ys[i+1] - ys[i]) / (xs[i+1] - xs[i])
	}
	for i := 1; i+1 < n; i++ {
		if secant[i-1]*secant[i] > 0 {
			// the harmonic mean, Fritsch and Butland
			slope[i] = 2 * secant[i-1] * secant[i] / (secant[i-1] + secant[i])
		}
	}
	if n > 1 {
		slope[0], slope[n-1] = secant[0], secant[n-2]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", xs[0], ys[0])
	for i := 0; i+1 < n; i++ {
		dx := (xs[i+1] - xs[i]) / 3
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", xs[i]+dx, ys[i]+slope[i]*dx, xs[i+1]-dx, ys[i+1]-slope[i+1]*dx, xs[i+1], ys[i+1])
	}
	return b.String()
}

// Share is a part of a whole.
type Share struct {
	Label string
	Value float64
	URL   string // what the part counts, or ""
}

// Donut shows the parts of a whole as a ring, with a legend of values and
// percentages. The label says what the whole is; center is written in the ring.
func Donut(c *Ctx, label, center string, parts ...Share) Node {
	sum := 0.0
	for _, p := range parts {
		sum += max(p.Value, 0)
	}
	if sum == 0 {
		return EmptyState("chart-pie", c.T("chart.empty"), "")
	}
	var b buffer
	b.raw(`<svg class="donut" viewBox="0 0 120 120" role="img" aria-label="`).text(label).raw(`">`)
	offset := 0.0
	for i, p := range parts {
		width := max(p.Value, 0) / sum * 100
		fmt.Fprintf(&b, `<circle class="c%d" cx="60" cy="60" r="48" pathLength="100" stroke-dasharray="%.2f 100" stroke-dashoffset="%.2f" transform="rotate(-90 60 60)"/>`, i%5+1, max(0.1, width-1.2), -offset)
		offset += width
	}
	b.raw(`<text x="60" y="59" text-anchor="middle" class="dv">`).text(center).raw(`</text><text x="60" y="74" text-anchor="middle" class="dl">`).text(c.T("total")).raw(`</text></svg>`)
	legend := make([]Node, len(parts))
	for i, p := range parts {
		name := Node(g.Text(p.Label))
		if p.URL != "" {
			name = anchor(p.URL, "", name)
		}
		legend[i] = h.Li(h.I(class("sw", "c"+strconv.Itoa(i%5+1))), h.Span(class("grow"), name), h.Strong(g.Text(c.Number(p.Value, 0))), h.Small(g.Text(c.Percent(max(p.Value, 0)/sum*100, 0))))
	}
	return h.Div(class("donutbox"), g.Raw(string(b.bytes)), h.Ul(class("dlegend"), group(legend)))
}
