package server

import (
	"slices"

	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// settings are what administrators change of what apps declare, while the server
// runs.
type settings struct {
	board     *revision.Board
	constants *constant.Overrides
	texts     *text.Overrides
}

// settingTables are those that they are kept in.
func settingTables() []store.Table {
	return slices.Concat(revision.Tables(), constant.Tables(), text.Tables())
}

// openSettings makes them known to what is opened next. They are read once the
// engine can check them.
func (s *Server) openSettings(d declare.Declarations) {
	board := revision.New(s.db, s.cache)
	s.settings = settings{
		board: board,
		constants: constant.New(constant.Options{
			DB: s.db, Board: board, Registry: d.Registry, Env: s.cfg.Platform.Environment, Audit: s.security.Audit, Warn: s.warn,
			Check: func(o *object.Object, value any) error { return s.engine.CheckConstant(o, value) },
		}),
		texts: text.New(text.Options{DB: s.db, Board: board, Registry: d.Registry, Speak: speak(s.cfg, d), Audit: s.security.Audit, Warn: s.warn}),
	}
}

// speak is what the configuration and the manifests say of languages.
func speak(cfg *config.Config, d declare.Declarations) text.Speak {
	all := text.Speak{Kit: ui.Languages(), Default: cfg.Platform.Language, Apps: map[string]text.Manners{}}
	for name, m := range d.Manifests {
		says := text.Manners{Default: m.Language, Languages: m.Languages}
		if own := cfg.Apps[name].Language; own != "" {
			says.Default = own
		}
		all.Apps[name] = says
	}
	return all
}

// platformDeps is what the platform's rules change.
func (s *Server) platformDeps() platform.Deps {
	return platform.Deps{Security: s.security, Systems: s.systems, Queue: s.queue, Constants: s.settings.constants, Texts: s.settings.texts, Webhooks: s.webhooks}
}
