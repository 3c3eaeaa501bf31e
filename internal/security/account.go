package security

import (
	"context"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// The built-in accounts and groups. They cannot be changed or deactivated.
const (
	PublicUser  = "public" // whoever has not signed in
	SystemUser  = "system" // runs jobs and seeds; a system administrator without sign-in
	AdminUser   = "admin"  // the first administrator: an ordinary account otherwise
	AdminGroup  = "system_admin"
	PublicGroup = "public_access"
)

// Account is a user as administrators see one. The password is never read.
type Account struct {
	ID           int64
	Name         string
	FullName     string
	Email        string
	Language     string
	TimeZone     string
	Type         object.UserType
	Active       bool
	Builtin      bool
	HasPassword  bool
	Groups       []string  // sorted; active and inactive ones
	Sessions     int       // that have not ended
	Keys         int       // API keys that are neither revoked nor expired
	LastSignInAt time.Time // zero is never
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// AccountQuery selects accounts.
type AccountQuery struct {
	Search string          // in name, full name and address; "" is all
	Type   object.UserType // "" is all
	Active *bool           // nil is all
	Group  string          // whose members; "" is all
	After  string          // a name: only later ones
	Limit  int             // 0 is 50, at most 500
	Count  bool            // fill AccountPage.Total
}

// AccountPage is a part of a list of accounts.
type AccountPage struct {
	Items []Account
	Next  string // AccountQuery.After of the next page; "" is the end
	Total int    // without After and Limit, where asked for
}

const accountColumns = `u.id, u.name, u.full_name, u.email, u.language, u.time_zone, u.type, u.active, u.builtin,
	u.password_hash <> '', u.last_sign_in_at, u.created_at, u.updated_at,
	(SELECT COUNT(*) FROM appos_session s WHERE s.user_id = u.id AND s.expires_at > ? AND s.seen_at > ?),
	(SELECT COUNT(*) FROM appos_api_key k WHERE k.user_id = u.id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?))`

// liveSince are the arguments of accountColumns.
func (s *Service) liveSince() []any {
	now := s.o.Now()
	return []any{now, now.Add(-s.o.Session.Idle), now}
}

func scanAccount(r store.Rows, a *Account) error {
	var last *time.Time
	err := r.Scan(&a.ID, &a.Name, &a.FullName, &a.Email, &a.Language, &a.TimeZone, (*string)(&a.Type), &a.Active, &a.Builtin,
		&a.HasPassword, &last, &a.CreatedAt, &a.UpdatedAt, &a.Sessions, &a.Keys)
	if last != nil {
		a.LastSignInAt = *last
	}
	return err
}

// Accounts lists accounts by name.
func (s *Service) Accounts(ctx context.Context, q AccountQuery) (AccountPage, error) {
	var w where
	if q.Search != "" {
		like := s.db.Dialect().Like()
		p := containing(q.Search)
		w.and(`(u.name `+like+` ? ESCAPE '\' OR u.full_name `+like+` ? ESCAPE '\' OR u.email `+like+` ? ESCAPE '\')`, p, p, p)
	}
	if q.Type != "" {
		w.and(`u.type = ?`, string(q.Type))
	}
	if q.Active != nil {
		w.and(`u.active = ?`, *q.Active)
	}
	if q.Group != "" {
		w.and(`EXISTS (SELECT 1 FROM appos_membership m WHERE m.user_id = u.id AND m.group_name = ?)`, q.Group)
	}
	var page AccountPage
	if q.Count {
		if err := s.db.QueryRow(ctx, []any{&page.Total}, `SELECT COUNT(*) FROM appos_user_account u`+w.sql(), w.args...); err != nil {
			return page, err
		}
	}
	if q.After != "" {
		w.and(`u.name > ?`, q.After)
	}
	var err error
	n := limit(q.Limit)
	if page.Items, err = s.accounts(ctx, w, n+1); err != nil {
		return page, err
	}
	if len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = page.Items[n-1].Name
	}
	return page, nil
}

// Account returns the account with the id; NotFound when there is none.
func (s *Service) Account(ctx context.Context, id int64) (Account, error) {
	var w where
	w.and(`u.id = ?`, id)
	return s.oneAccount(ctx, w, itoa(int(id)))
}

// AccountNamed returns the account with the name; NotFound when there is none.
func (s *Service) AccountNamed(ctx context.Context, name string) (Account, error) {
	var w where
	w.and(`u.name = ?`, fold(name))
	return s.oneAccount(ctx, w, name)
}

func (s *Service) oneAccount(ctx context.Context, w where, who string) (Account, error) {
	found, err := s.accounts(ctx, w, 1)
	if err != nil {
		return Account{}, err
	}
	if len(found) == 0 {
		return Account{}, object.Errorf(object.NotFound, "there is no user %q", who)
	}
	return found[0], nil
}

func (s *Service) accounts(ctx context.Context, w where, n int) ([]Account, error) {
	all, err := s.scanAccounts(ctx, w, n)
	if err != nil || len(all) == 0 {
		return all, err
	}
	at := make(map[int64]int, len(all))
	ids := make([]any, len(all))
	for i, a := range all {
		at[a.ID], ids[i] = i, a.ID
	}
	rows, err := s.db.Query(ctx, `SELECT user_id, group_name FROM appos_membership WHERE user_id IN (?`+
		strings.Repeat(`, ?`, len(ids)-1)+`) ORDER BY group_name`, ids...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var group string
		if err := rows.Scan(&id, &group); err != nil {
			return nil, err
		}
		all[at[id]].Groups = append(all[at[id]].Groups, group)
	}
	return all, rows.Err()
}

func (s *Service) scanAccounts(ctx context.Context, w where, n int) ([]Account, error) {
	args := append(append(s.liveSince(), w.args...), n)
	rows, err := s.db.Query(ctx, `SELECT `+accountColumns+` FROM appos_user_account u`+w.sql()+` ORDER BY u.name LIMIT ?`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Account
	for rows.Next() {
		var a Account
		if err := scanAccount(rows, &a); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}
