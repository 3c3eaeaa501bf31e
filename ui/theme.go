package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Theme is what the look of an app can vary in. It compiles to CSS variables;
// the lightness of the colours is computed so that text keeps the contrast of
// WCAG AA, whatever the hue.
type Theme struct {
	Hue    float64 // of the primary colour in OKLCH, 0 to 360
	Chroma float64 // its colourfulness, 0 (grey) to 0.3
	Radius int     // of corners, in pixels, 0 to 20
	Dense  bool    // smaller rows and controls
}

// DefaultTheme is the look of an app that does not say how it looks.
var DefaultTheme = Theme{Hue: 277, Chroma: 0.19, Radius: 8}

func (t Theme) orDefault() Theme {
	if t == (Theme{}) {
		return DefaultTheme
	}
	t.Hue = math.Mod(math.Mod(t.Hue, 360)+360, 360)
	t.Chroma = min(max(t.Chroma, 0), 0.3)
	t.Radius = min(max(t.Radius, 0), 20)
	return t
}

// URL is the address of the theme's style sheet. It holds the whole theme, so a
// change of the theme is a new address and nothing has to be stored.
func (t Theme) URL() string {
	t = t.orDefault()
	dense := 0
	if t.Dense {
		dense = 1
	}
	return fmt.Sprintf("%stheme-%.0f-%.0f-%d-%d.css", AssetPrefix, t.Hue, t.Chroma*1000, t.Radius, dense)
}

// themeSheet is the style sheet at an address made by [Theme.URL].
func themeSheet(name string) (css string, ok bool) {
	inner, begins := strings.CutPrefix(name, "theme-")
	inner, ends := strings.CutSuffix(inner, ".css")
	if !begins || !ends {
		return "", false
	}
	var n [4]int
	parts := strings.Split(inner, "-")
	if len(parts) != len(n) {
		return "", false
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", false
		}
		n[i] = int(v)
	}
	t := Theme{Hue: float64(n[0]), Chroma: float64(n[1]) / 1000, Radius: n[2], Dense: n[3] == 1}
	if AssetPrefix+name != t.URL() {
		return "", false // each sheet has one address
	}
	return t.CSS(), true
}

// CSS is the theme as a style sheet.
func (t Theme) CSS() string {
	t = t.orDefault()
	light, dark := t.lightness()
	var b strings.Builder
	fmt.Fprintf(&b, ":root{--primary:light-dark(oklch(%.3f %.3f %.1f),oklch(%.3f %.3f %.1f));", light, t.Chroma, t.Hue, dark, t.Chroma*darkChroma, t.Hue)
	fmt.Fprintf(&b, "--primary-foreground:light-dark(#fff,oklch(0.16 0.02 265));--accent-hue:%.1f;--accent-chroma:%.3f;--radius:%dpx;", t.Hue, t.Chroma, t.Radius)
	if t.Dense {
		b.WriteString("--row:34px;--ctl:30px;")
	}
	b.WriteString("}\n")
	return b.String()
}

// The contrasts that themes keep: white text on the primary colour and the
// colour as text on white, with some room above the 4.5 of AA for the tints that
// components lay over it; and the colour on the dark background.
const (
	lightContrast = 4.9
	darkContrast  = 6.0
	darkChroma    = 0.85 // colours glow on dark
)

// lightness is that of the primary colour in light and in dark pages.
func (t Theme) lightness() (light, dark float64) {
	light, dark = 0.60, 0.60
	for light > 0.2 && contrast(1, luminance(light, t.Chroma, t.Hue)) < lightContrast {
		light -= 0.005
	}
	background := luminance(0.185, 0.006, 265)
	for dark < 0.95 && contrast(luminance(dark, t.Chroma*darkChroma, t.Hue), background) < darkContrast {
		dark += 0.005
	}
	return light, dark
}

// color is the primary colour of light pages, for drawings of several apps on
// one page.
func (t Theme) color() string {
	t = t.orDefault()
	light, _ := t.lightness()
	return fmt.Sprintf("oklch(%.3f %.3f %.1f)", light, t.Chroma, t.Hue)
}

// luminance is the relative luminance of WCAG of a colour in OKLCH, clipped to sRGB.
func luminance(l, c, h float64) float64 {
	a, b := c*math.Cos(h*math.Pi/180), c*math.Sin(h*math.Pi/180)
	l1, m1, s1 := l+0.3963377774*a+0.2158037573*b, l-0.1055613458*a-0.0638541728*b, l-0.0894841775*a-1.2914855480*b
	l1, m1, s1 = l1*l1*l1, m1*m1*m1, s1*s1*s1
	clip := func(x float64) float64 { return min(1, max(0, x)) }
	red := clip(4.0767416621*l1 - 3.3077115913*m1 + 0.2309699292*s1)
	green := clip(-1.2684380046*l1 + 2.6097574011*m1 - 0.3413193965*s1)
	blue := clip(-0.0041960863*l1 - 0.7034186147*m1 + 1.7076147010*s1)
	return 0.2126*red + 0.7152*green + 0.0722*blue
}

// contrast is the contrast ratio of WCAG of two luminances.
func contrast(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return (a + 0.05) / (b + 0.05)
}
