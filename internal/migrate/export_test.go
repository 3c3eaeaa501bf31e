package migrate

import "github.com/apposengine/appos/internal/store"

// BeforeStatement has f called before every statement of a migration.
func BeforeStatement(f func(int)) { beforeStatement = f }

// Ledger are the tables of the runner.
func Ledger() []store.Table { return ledger() }
