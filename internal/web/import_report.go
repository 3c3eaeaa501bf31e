package web

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
)

// report answers with all that is wrong with a file, as CSV.
func (is *importScreen) report(w http.ResponseWriter, r *http.Request) error {
	job, err := is.job(r)
	if err != nil {
		return err
	}
	f, err := os.Open(exchange.ReportPath(is.site.importDir(), job))
	if errors.Is(err, os.ErrNotExist) {
		return object.Errorf(object.NotFound, "import %d has no report", job.ID)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", exchange.CSV.ContentType())
	w.Header().Set("Content-Disposition", `attachment; filename="import-`+strconv.FormatInt(job.ID, 10)+`.csv"`)
	out := csv.NewWriter(w)
	_ = out.Write([]string{"line", "field", "rule", "message"}) // Flush has the error
	eachFault(f, func(fault exchange.Fault) bool {
		return out.Write([]string{strconv.Itoa(fault.Line), exchange.Guard(fault.Field), fault.Rule, exchange.Guard(fault.Message)}) == nil
	})
	out.Flush()
	return nil
}

// readFaults reads the beginning of a report.
func readFaults(path string, most int) (all []exchange.Fault) {
	f, err := os.Open(path)
	if err != nil {
		return nil // there is none
	}
	defer f.Close()
	eachFault(f, func(fault exchange.Fault) bool {
		all = append(all, fault)
		return len(all) < most
	})
	return all
}

// eachFault calls use for the entries of a report, until it says no.
func eachFault(f *os.File, use func(exchange.Fault) bool) {
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var fault exchange.Fault
		if json.Unmarshal(lines.Bytes(), &fault) == nil && !use(fault) {
			return
		}
	}
}
