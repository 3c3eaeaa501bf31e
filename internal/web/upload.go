package web

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// keptUploads is how long a file waits for its import to be finished.
const keptUploads = 24 * time.Hour

// errFull says that the disk has no room.
var errFull = syscall.ENOSPC

// uploads keeps files that were sent for an import, in a folder of the data
// folder. A file belongs to who sent it.
type uploads struct {
	dir string
	now func() time.Time
}

// upload is a file that was sent.
type upload struct {
	id          string
	path        string
	owner       string
	name        string
	contentType string
}

func (s *Site) uploads() *uploads { return &uploads{filepath.Join(s.Data, "uploads"), s.Now} }

// save stores what it reads. With an error nothing is kept.
func (u *uploads) save(owner string, from io.Reader) (up *upload, err error) {
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return nil, err
	}
	u.sweep()
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	up = &upload{id: hex.EncodeToString(id[:]), owner: owner}
	up.path = filepath.Join(u.dir, up.id)
	f, err := os.OpenFile(up.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Close()); err != nil {
		up.remove()
		return nil, err
	}
	return up, nil
}

// note keeps who sent the file, what it is called, and choices about it, so that
// the steps that follow find it again.
func (u *uploads) note(up *upload, about any) error {
	data, err := json.Marshal(map[string]any{"owner": up.owner, "name": up.name, "type": up.contentType, "about": about})
	if err != nil {
		return err
	}
	return os.WriteFile(up.path+".json", data, 0o600)
}

var uploadID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// find returns a file of the owner's; others' are as if they were not there.
func (u *uploads) find(id, owner string) (*upload, bool) {
	if !uploadID.MatchString(id) {
		return nil, false
	}
	up := &upload{id: id, path: filepath.Join(u.dir, id)}
	data, err := os.ReadFile(up.path + ".json")
	if err != nil {
		return nil, false
	}
	var about struct{ Owner, Name, Type string }
	if json.Unmarshal(data, &about) != nil || about.Owner != owner {
		return nil, false
	}
	up.owner, up.name, up.contentType = about.Owner, about.Name, about.Type
	return up, true
}

func (up *upload) remove() {
	_ = os.Remove(up.path) // what stays is swept
	_ = os.Remove(up.path + ".json")
}

// sweep removes files that nobody has come back for.
func (u *uploads) sweep() {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if i, err := e.Info(); err == nil && u.now().Sub(i.ModTime()) > keptUploads {
			_ = os.Remove(filepath.Join(u.dir, e.Name())) // the next sweep tries again
		}
	}
}
