package store

import "context"

// begin takes the writer's turn: it has it from begin to commit.
func (d *sqlite) begin(ctx context.Context) (session, error) {
	if err := d.write.take(ctx); err != nil {
		return nil, err
	}
	if err := d.write.patiently(ctx, func() error {
		_, err := d.write.exec(ctx, "BEGIN IMMEDIATE", nil)
		return err
	}); err != nil {
		// a begin that was interrupted may have begun
		d.write.abandon()
		d.write.release()
		return nil, err
	}
	return d.write, nil
}

// commit implements session.
func (w *writer) commit(ctx context.Context) error {
	_, err := w.exec(ctx, "COMMIT", nil)
	return w.d.fail(ctx, err)
}

// rollback implements session. SQLite rolls back by itself when it runs out of
// space or is interrupted, and then has nothing to roll back: a fresh connection
// is right either way.
func (w *writer) rollback() {
	if _, err := w.exec(context.Background(), "ROLLBACK", nil); err != nil {
		w.abandon()
	}
}
