package security

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// A key reads apposkey_ID_SECRETCHECK, for example
//
//	apposkey_k3v9x0q2m7ra_6bq…(43 characters)…Zt0y8Kc
//
// The prefix lets scanners of code and logs find one that leaked, the id names it
// in lists without giving it away, and the check refuses a slip of the pen before
// the database is asked.
const (
	// KeyPrefix is how every API key begins.
	KeyPrefix = "apposkey_"

	keyIDSize     = 12 // of 36 characters: 62 bits
	keySecretSize = 43 // of 62 characters: 256 bits
	keyCheckSize  = 6  // of 62 characters: CRC-32
	keySize       = len(KeyPrefix) + keyIDSize + 1 + keySecretSize + keyCheckSize
)

const (
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
	base62 = base36 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// newKey returns a key that nobody has, and its id.
func newKey() (key, id string) {
	id = randomText(base36, keyIDSize)
	body := KeyPrefix + id + "_" + randomText(base62, keySecretSize)
	return body + keyCheck(body), id
}

// randomText is n characters of the alphabet, each as likely as every other.
func randomText(alphabet string, n int) string {
	text := make([]byte, 0, n)
	most := 256 - 256%len(alphabet) // larger bytes would favour the first characters
	var b [64]byte
	for {
		rand.Read(b[:]) // never fails
		for _, x := range b {
			if int(x) >= most {
				continue
			}
			if text = append(text, alphabet[int(x)%len(alphabet)]); len(text) == n {
				return string(text)
			}
		}
	}
}

// keyCheck is the check of what stands before it.
func keyCheck(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var check [keyCheckSize]byte
	for i := range check {
		check[keyCheckSize-1-i] = base62[sum%62]
		sum /= 62
	}
	return string(check[:])
}

// keyID is the id in a key of the right form; false is what no node has given out.
func keyID(key string) (id string, ok bool) {
	if len(key) != keySize || !strings.HasPrefix(key, KeyPrefix) {
		return "", false
	}
	id = key[len(KeyPrefix) : len(KeyPrefix)+keyIDSize]
	secret := key[len(KeyPrefix)+keyIDSize+1 : keySize-keyCheckSize]
	switch {
	case key[len(KeyPrefix)+keyIDSize] != '_', strings.Trim(id, base36) != "", strings.Trim(secret, base62) != "":
		return "", false
	}
	return id, keyCheck(key[:keySize-keyCheckSize]) == key[keySize-keyCheckSize:]
}

// hashKey is what the database knows of a key. Its secret is as random as the
// hash is long: a slow hash would protect it no better, and cost every request.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
