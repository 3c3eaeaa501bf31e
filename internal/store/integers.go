package store

import "context"

// Integers runs a statement whose rows are one integer each, such as ids, and
// returns them in their order.
func Integers(ctx context.Context, db DB, text string, args ...any) (all []int64, err error) {
	rows, err := db.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return all, rows.Close()
}
