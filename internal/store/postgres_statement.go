package store

import (
	"container/list"
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// plans are the statements prepared on one connection, the ones used last.
type plans struct {
	byText map[string]*plan
	used   list.List // of *plan, the one used last in front
	named  uint64    // how many names were given out
	schema uint64    // of the database when they were prepared
}

// plan is one prepared statement.
type plan struct {
	text    string // as the caller wrote it
	is      *pgconn.StatementDescription
	results []int16 // the formats of its columns
	at      *list.Element
}

func newPlans(schema uint64) *plans { return &plans{byText: map[string]*plan{}, schema: schema} }

// plan returns the statement with the text, prepared. Without arguments a question
// mark is an operator.
func (c *connection) plan(ctx context.Context, text string, arguments int) (*plan, error) {
	if schema := c.d.schema.Load(); schema != c.plans.schema {
		for c.used.Len() > 0 {
			if err := c.drop(ctx, c.used.Back().Value.(*plan)); err != nil {
				return nil, err
			}
		}
		c.plans.schema = schema
	}
	if p, ok := c.byText[text]; ok {
		c.used.MoveToFront(p.at)
		return p, nil
	}
	c.d.prepared.Add(1)
	c.named++
	sql := text
	if arguments > 0 {
		sql = numbered(text)
	}
	is, err := c.pg.Prepare(ctx, "a"+strconv.FormatUint(c.named, 36), sql, nil)
	if err != nil {
		return nil, err
	}
	p := &plan{text: text, is: is, results: make([]int16, len(is.Fields))}
	for i, f := range is.Fields {
		p.results[i] = formatOf(f.DataTypeOID)
	}
	p.at = c.used.PushFront(p)
	c.byText[text] = p
	if c.used.Len() > preparedPerPool {
		return p, c.drop(ctx, c.used.Back().Value.(*plan))
	}
	return p, nil
}

// drop forgets a statement, here and on the server.
func (c *connection) drop(ctx context.Context, p *plan) error {
	c.used.Remove(p.at)
	delete(c.byText, p.text)
	return c.pg.Deallocate(ctx, p.is.Name)
}

// numbered writes the placeholders as PostgreSQL has them: $1, $2 … for every
// question mark that is not in a string, a quoted identifier or a comment. The
// operators of jsonb with a question mark cannot be written beside arguments; the
// functions jsonb_exists, jsonb_exists_any and jsonb_exists_all do the same.
func numbered(text string) string {
	if strings.IndexByte(text, '?') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	n := 0
	for i := 0; i < len(text); {
		if text[i] == '?' {
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			i++
			continue
		}
		end := i + skip(text[i:])
		b.WriteString(text[i:end])
		i = end
	}
	return b.String()
}

// skip returns the length of what text begins with: a string, an identifier, a
// comment, or one byte of anything else.
func skip(text string) int {
	until := func(from int, end string) int {
		if i := strings.Index(text[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(text)
	}
	switch {
	case text[0] == '\'':
		return until(1, "'") // a doubled quote is two strings in a row
	case text[0] == '"':
		return until(1, `"`)
	case len(text) > 1 && (text[0] == 'E' || text[0] == 'e') && text[1] == '\'':
		for i := 2; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '\'':
				return i + 1
			}
		}
		return len(text)
	case strings.HasPrefix(text, "--"):
		return until(2, "\n")
	case strings.HasPrefix(text, "/*"):
		return comment(text)
	case text[0] == '$':
		if tag := dollarTag(text); tag != "" {
			return until(len(tag), tag)
		}
	case wordByte(text[0]):
		// a whole word, so that the e of one, or a $ within it, begins nothing
		i := 1
		for i < len(text) && (wordByte(text[i]) || text[i] == '$') {
			i++
		}
		return i
	}
	return 1
}

// comment returns the length of a comment, which may have others within.
func comment(text string) int {
	depth := 0
	for i := 0; i < len(text)-1; i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// dollarTag is the $tag$ that text begins with, if it does.
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '$':
			return text[:i+1]
		case !wordByte(text[i]) || i == 1 && text[i] >= '0' && text[i] <= '9':
			return ""
		}
	}
	return ""
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
