package security

import (
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// row is a row of object_permission.
type row struct {
	Group      string            `json:"g"`
	Ref        string            `json:"r"`
	Permission object.Permission `json:"p"` // one, or 0 for none
	Source     Source            `json:"s"`
}

// snapshot is what the rows of an epoch mean, compiled. It never changes.
type snapshot struct {
	epoch   int64
	loaded  time.Time
	reg     *object.Registry
	objects []*object.Object // of reg, by Index
	// masks has a line of stride groups for every object, so that the groups of a
	// user are found close together.
	masks  []object.Permission
	stride int
}

// compile works out, for every object and group, what the most specific ref with
// rows of the group grants.
func compile(epoch int64, rows []row, reg *object.Registry, groups *numbers, at time.Time) *snapshot {
	type grant struct {
		group int32
		mask  object.Permission
	}
	exact, prefixes := map[string][]grant{}, map[string][]grant{}
	longest := -1
	for _, r := range rows {
		to, key := exact, r.Ref
		if prefix, ok := wildcard(r.Ref); ok {
			to, key = prefixes, prefix
			longest = max(longest, len(prefix))
		}
		to[key] = append(to[key], grant{groups.of(r.Group), r.Permission})
	}
	s := &snapshot{epoch: epoch, loaded: at, reg: reg, objects: reg.Objects, stride: groups.count()}
	s.masks = make([]object.Permission, len(reg.Objects)*s.stride)
	for _, o := range reg.Objects {
		line := s.line(o)
		// from the widest ref to the narrowest: each replaces what a wider one said
		// about a group, and the rows of one ref are joined
		apply := func(grants []grant) {
			for _, g := range grants {
				line[g.group] = 0
			}
			for _, g := range grants {
				line[g.group] |= g.mask
			}
		}
		for n := 0; n <= min(len(o.Ref), longest); n++ {
			apply(prefixes[o.Ref[:n]])
		}
		apply(exact[o.Ref])
		meaningful := o.Kind.Permissions()
		for g, mask := range line {
			if mask&object.Admin != 0 {
				mask = object.AllPermissions
			}
			line[g] = mask & meaningful
		}
	}
	return s
}

func (s *snapshot) line(o *object.Object) []object.Permission {
	return s.masks[o.Index*s.stride : (o.Index+1)*s.stride]
}

// allows says whether the groups of the user together have all of the
// permission. The user is of the snapshot's epoch.
func (s *snapshot) allows(u *object.User, o *object.Object, permission object.Permission) bool {
	if o == nil || permission == 0 {
		return false
	}
	i := o.Index
	if uint(i) >= uint(len(s.objects)) || s.objects[i] != o {
		// an object of another registry over the same declarations
		own := s.reg.ByRef(o.Ref)
		if own == nil {
			return false
		}
		i = own.Index
	}
	if uint(i) < uint(len(u.Rights)) {
		return u.Rights[i]&permission == permission
	}
	return s.join(u.Members, i)&permission == permission
}

// join is what the groups together have on the object with the index.
func (s *snapshot) join(members []int32, index int) object.Permission {
	line := s.masks[index*s.stride : (index+1)*s.stride]
	var mask object.Permission
	for _, g := range members {
		if uint32(g) < uint32(len(line)) { // a group younger than the snapshot has nothing in it
			mask |= line[g]
		}
	}
	return mask
}

// rights are what the groups together have on every object, by index.
func (s *snapshot) rights(members []int32) []object.Permission {
	all := make([]object.Permission, len(s.objects))
	for i := range all {
		all[i] = s.join(members, i)
	}
	return all
}

// numbers gives every group a small number that stays the same.
type numbers struct {
	mu   sync.RWMutex
	byID map[string]int32
}

func (n *numbers) of(group string) int32 {
	n.mu.RLock()
	i, ok := n.byID[group]
	n.mu.RUnlock()
	if ok {
		return i
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if i, ok := n.byID[group]; ok {
		return i
	}
	i = int32(len(n.byID))
	n.byID[group] = i
	return i
}

func (n *numbers) count() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.byID)
}
