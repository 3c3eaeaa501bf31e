package server

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a command has come, on terminals only: what is read by
// another program or kept in a file gets no bars.
type progress struct {
	out   io.Writer
	doing string
	bar   *progressbar.ProgressBar
}

// newProgress shows on out, unless that is no terminal or quiet.
func newProgress(out io.Writer, quiet bool) *progress {
	f, ok := out.(*os.File)
	if !ok || quiet {
		return &progress{}
	}
	if i, err := f.Stat(); err != nil || i.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{out: out}
}

// bytes says what is being done and how many bytes of it are; a total of 0 is not
// known.
func (p *progress) bytes(doing string, done, total int64) {
	if p.out == nil {
		return
	}
	if doing != p.doing {
		p.end()
		if total == 0 {
			total = -1 // a spinner
		}
		p.doing = doing
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(doing),
			progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100_000_000),
			progressbar.OptionClearOnFinish(), progressbar.OptionSpinnerType(14))
	}
	_ = p.bar.Set64(done)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}
