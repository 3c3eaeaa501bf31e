package ui

import (
	"net/http"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// This file alone knows htmx: its attributes, its elements and its headers. The
// rest of the kit names what should happen. Of htmx it needs no eval: hx-on,
// js: and event filters are never used. Swaps are morphs, because replacing
// markup loses the focus (htmx#4074).

const mainSwap = "outerMorph show:none"

// hxConfig configures htmx. An answer with 5xx is not swapped in: it may come
// from a proxy; the script says that the request failed.
const hxConfig = `{"includeIndicatorCSS":false,"morphIgnore":["data-htmx-powered","open","data-open"],"noSwap":[204,304,"5xx"]}`

// hxBoost makes links and forms below swap the main region instead of loading a
// new document. Without JavaScript they are plain links and forms.
func hxBoost() Node {
	return g.Group{attr("hx-boost:inherited", "true"), attr("hx-target:inherited", "#main"), attr("hx-swap:inherited", mainSwap)}
}

// hxPlain exempts a link or form: it loads a whole document.
func hxPlain() Node { return attr("hx-boost", "false") }

// hxSearch makes a form ask again while the user types.
func hxSearch(address string) Node {
	return g.Group{
		attr("hx-get", address), attr("hx-trigger", "input delay:140ms, change, submit"), attr("hx-sync", "this:replace"),
		attr("hx-target", "#main"), attr("hx-swap", mainSwap),
	}
}

// hxForm makes a form post itself with every change, so that the server can
// check what is there so far, and on submit.
func hxForm(address string) Node {
	return g.Group{
		attr("hx-post", address), attr("hx-trigger", "submit, change delay:30ms, input delay:350ms"), attr("hx-sync", "this:replace"),
		attr("hx-target", "#main"), attr("hx-swap", mainSwap), attr("hx-push-url", "false"),
	}
}

// hxFill makes an input fill an element with what address answers to it.
func hxFill(address, target string) Node {
	return g.Group{
		attr("hx-get", address), attr("hx-trigger", "input changed delay:60ms, open"),
		attr("hx-target", target), attr("hx-swap", "innerHTML"),
	}
}

// hxPartial replaces or extends an element other than the main region.
func hxPartial(target, swap string, content Node) Node {
	return g.El("hx-partial", attr("hx-target", target), attr("hx-swap", swap), content)
}

// partial is what a boosted request gets: the main region, the navigation, for
// its current entry, and the toasts.
func partial(c *Ctx, s screen) Node {
	return g.Group{
		h.TitleEl(g.Text(c.documentTitle())),
		s,
		hxPartial("#nav", "outerMorph", navigation(c)),
		when(len(c.s.out.Toasts) > 0, hxPartial("#toasts", "beforeend", toasts(c))),
	}
}

// hxVary are the request headers that the answer to an address depends on.
const hxVary = "HX-Request, HX-History-Restore-Request, HX-Current-URL"

// hxAsked says whether htmx asks for a part of a document.
func hxAsked(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") == ""
}

// hxReload makes the browser load the address as a whole document.
func hxReload(w http.ResponseWriter, address string) {
	w.Header().Set("HX-Redirect", address)
	w.WriteHeader(http.StatusOK)
}

// hxCurrent is the path of the page that asks.
func hxCurrent(r *http.Request) string {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return ""
	}
	return u.Path
}

// hxAddress says which address the browser shows for the answer: a new entry of
// the history for another page, the same entry for the same page. Parameters
// without a value, which forms send, are left out.
func hxAddress(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		return
	}
	v := r.URL.Query()
	for key, values := range v {
		if strings.Join(values, "") == "" {
			v.Del(key)
		}
	}
	address := url.URL{Path: r.URL.Path, RawQuery: v.Encode()}
	if hxCurrent(r) == r.URL.Path {
		w.Header().Set("HX-Replace-Url", address.String())
		return
	}
	w.Header().Set("HX-Push-Url", address.String())
}

// hxPoll asks for the page again every so many seconds, until an answer is without
// it: a morph keeps the element, and one that was loaded once is not loaded again.
func hxPoll(address, seconds string) Node {
	return g.Group{attr("hx-get", address), attr("hx-trigger", "every "+seconds+"s"), attr("hx-target", "#main"), attr("hx-swap", mainSwap)}
}
