package security

import (
	"context"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// loadSQL reads the epoch, a user, the user's active groups and, unless they are
// known for that epoch, all permission rows. It is one statement, so that all of
// it is of one moment whatever else is being written.
const loadSQL = `
SELECT 0, e.epoch, COALESCE(u.name, ''), COALESCE(u.full_name, ''), COALESCE(u.email, ''),
	COALESCE(u.language, ''), COALESCE(u.time_zone, ''), COALESCE(u.type, ''),
	CASE WHEN u.active THEN 'yes' ELSE 'no' END
FROM appos_security_epoch e LEFT JOIN appos_user_account u ON u.id = ? WHERE e.id = 1
UNION ALL
SELECT 1, 0, m.group_name, '', '', '', '', '', ''
FROM appos_membership m JOIN appos_user_group g ON g.name = m.group_name
WHERE m.user_id = ? AND g.active = ?
UNION ALL
SELECT 2, 0, group_name, object_ref, permission, source, '', '', ''
FROM appos_object_permission
WHERE (SELECT epoch FROM appos_security_epoch WHERE id = 1) <> ?`

// errInactive is the answer for users that are not there any more.
func errInactive() error {
	return object.Errorf(object.Denied, "the account is not active")
}

// load reads the user and, where it is out of date, the snapshot.
func (p *Permissions) load(ctx context.Context, id, least int64) (*object.User, *snapshot, error) {
	s := p.current.Load()
	if s == nil || s.epoch < least || p.now().Sub(s.loaded) > p.ttl {
		// one reads all the rows, the others wait for it
		select {
		case p.loading <- struct{}{}:
			defer func() { <-p.loading }()
		case <-ctx.Done():
			return nil, nil, object.Errorf(object.Timeout, "permissions could not be read in time: %w", ctx.Err())
		}
		if u, s := p.known(id, least); u != nil {
			return u, s, nil
		}
		s = p.current.Load()
		if s != nil && (s.epoch < least || p.now().Sub(s.loaded) > p.ttl) {
			s = nil
		}
		if s == nil && least > 0 {
			s = p.recall(ctx, least)
		}
	}
	var have int64 = -1
	if s != nil {
		have = s.epoch
	}
	u, active, rows, err := p.read(ctx, id, have)
	if err != nil {
		return nil, nil, object.Errorf(object.RecordFault, "permissions could not be read: %w", err)
	}
	if s == nil || s.epoch != u.Epoch {
		s = compile(u.Epoch, rows, p.reg, &p.groups, p.now())
		p.share(u.Epoch, rows)
	}
	p.publish(s)
	if !active {
		p.users.Invalidate(id)
		return nil, s, errInactive()
	}
	u.Rights = s.rights(u.Members)
	p.users.Set(id, u)
	return u, s, nil
}

func (p *Permissions) read(ctx context.Context, id, have int64) (u *object.User, active bool, all []row, err error) {
	rows, err := p.db.Query(ctx, loadSQL, id, id, true, have)
	if err != nil {
		return nil, false, nil, err
	}
	defer rows.Close()
	u = &object.User{ID: id}
	for rows.Next() {
		var part, epoch int64
		var t [7]string
		if err := rows.Scan(&part, &epoch, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6]); err != nil {
			return nil, false, nil, err
		}
		switch part {
		case 0:
			u.Epoch, u.Name, u.FullName, u.Email = epoch, t[0], t[1], t[2]
			u.Language, u.TimeZone, u.Type, active = t[3], t[4], object.UserType(t[5]), t[6] == "yes"
		case 1:
			u.Groups = append(u.Groups, t[0])
		case 2:
			permission, _ := object.ParsePermission(t[2]) // none is 0
			all = append(all, row{t[0], t[1], permission, Source(t[3])})
		}
	}
	slices.Sort(u.Groups)
	for _, g := range u.Groups {
		u.Members = append(u.Members, p.groups.of(g))
	}
	return u, active, all, rows.Err()
}
