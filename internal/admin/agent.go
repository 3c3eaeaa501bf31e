package admin

import "strings"

// agentName shortens the name that a client gives itself to what people know,
// such as "Firefox on Linux". It is told by the client and proves nothing.
func agentName(agent string) string {
	name, system := "", ""
	for _, b := range []struct{ mark, name string }{ // the order matters: most claim to be others, too
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"}, {"Go-http-client/", "a Go program"}, {"python-", "a Python program"}, {"node", "a Node.js program"},
	} {
		if strings.Contains(agent, b.mark) {
			name = b.name
			break
		}
	}
	for _, s := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, s.mark) {
			system = s.name
			break
		}
	}
	switch {
	case agent == "":
		return "an unnamed client"
	case name == "":
		return shortened(agent, 40)
	case system == "":
		return name
	}
	return name + " on " + system
}

// shortened cuts a text after so many characters.
func shortened(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return strings.TrimSpace(string(r[:most-1])) + "…"
}
