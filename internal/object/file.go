package object

import "encoding/json"

// File says what is known about a stored file. The content is not in it: it is
// kept once, under its hash. A File is made by AppOS when content is stored, so
// a program can pass it on but not make one up. The zero File is none.
type File struct{ about fileAbout }

type fileAbout struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	MediaType string `json:"media_type"`
	Hash      string `json:"sha256"`
	Version   int    `json:"version"`
}

// NewFile describes content that is stored under the hash.
func NewFile(name string, size int64, mediaType, hash string, version int) File {
	return File{fileAbout{name, size, mediaType, hash, version}}
}

// Name is the file's name as it was uploaded, without a directory.
func (f File) Name() string { return f.about.Name }

// Size is the length of the content in bytes.
func (f File) Size() int64 { return f.about.Size }

// MediaType is what the content is, such as "image/png".
func (f File) MediaType() string { return f.about.MediaType }

// Hash is the SHA-256 of the content in hexadecimal digits.
func (f File) Hash() string { return f.about.Hash }

// Version counts the contents that the field has had, from 1.
func (f File) Version() int { return f.about.Version }

// IsZero says whether there is no file.
func (f File) IsZero() bool { return f == File{} }

// MarshalJSON writes what is known about the file, or null for the zero File.
func (f File) MarshalJSON() ([]byte, error) {
	if f.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(f.about)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *File) UnmarshalJSON(data []byte) error {
	f.about = fileAbout{}
	return json.Unmarshal(data, &f.about)
}
