package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/backup"
)

// forged writes an archive as somebody might who wants files elsewhere.
func forged(t *testing.T, m backup.Manifest, members map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	add := func(name string, text []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	head, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	add("manifest.json", head)
	for name, text := range members {
		add(name, []byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "forged.tar.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestForgedArchives(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	db := backup.Database{Name: "main", Dialect: "sqlite", Member: "main.sqlite", Bytes: 1, SHA256: hex.EncodeToString(sum[:])}
	manifest := func(change func(*backup.Manifest)) backup.Manifest {
		m := backup.Manifest{Format: 1, CreatedAt: time.Unix(1, 0), Databases: []backup.Database{db}}
		if change != nil {
			change(&m)
		}
		return m
	}
	for name, c := range map[string]struct {
		m       backup.Manifest
		members map[string]string
		want    string
	}{
		"a member above the folder": {manifest(func(m *backup.Manifest) { m.Databases[0].Member = "../../evil" }), map[string]string{"../../evil": "x"}, "none can be"},
		"an absolute member":        {manifest(func(m *backup.Manifest) { m.Databases[0].Member = "/tmp/evil" }), nil, "none can be"},
		"a file above the folder":   {manifest(func(m *backup.Manifest) { m.Files = []backup.File{{Folder: "documents", Path: "../../evil"}} }), nil, "none can be"},
		"a member nobody named":     {manifest(nil), map[string]string{"main.sqlite": "x", "evil": "x"}, "does not name"},
		"a member that is missing":  {manifest(nil), nil, "missing"},
		"another checksum":          {manifest(nil), map[string]string{"main.sqlite": "y"}, "checksum"},
		"no database behind it":     {manifest(nil), map[string]string{"main.sqlite": "x"}, `no SQLite database`},
		"a later format":            {manifest(func(m *backup.Manifest) { m.Format, m.Version = 99, "v9" }), nil, "format 99"},
		"another kind":              {manifest(func(m *backup.Manifest) { m.Databases[0].Dialect = "mysql" }), nil, "unknown kind"},
		"no database":               {manifest(func(m *backup.Manifest) { m.Databases = nil }), nil, "no database"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := backup.Verify(ctx, forged(t, c.m, c.members), nil)
			wants(t, err, c.want)
		})
	}
}
