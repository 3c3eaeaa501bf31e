package secret

import "fmt"

// Reason is why a value does not open.
type Reason uint8

// The reasons.
const (
	Damaged  Reason = iota + 1 // it was changed, or sealed for another place
	Unknown                    // the ring lacks its key
	Disabled                   // its key is disabled
)

// Error is what opening a value ends in. It never holds the value.
type Error struct {
	Reason Reason
	Place  Place
	Key    uint32 // 0 where it is not known
}

func (e *Error) Error() string {
	at := "the encrypted value of " + e.Place.String()
	switch e.Reason {
	case Unknown:
		return fmt.Sprintf("%s needs key %d, which the key file does not have; put back the key file that belongs to this database, or enter the value again", at, e.Key)
	case Disabled:
		return fmt.Sprintf("%s needs key %d, which is disabled; run the command keys rotate, which seals it anew", at, e.Key)
	}
	return at + " was changed outside of the platform, or copied from another row; enter it again"
}
