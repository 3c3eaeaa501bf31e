package migrate

// BeforeStatement has f called before every statement of a migration.
func BeforeStatement(f func(int)) { beforeStatement = f }
