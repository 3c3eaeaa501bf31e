package security

// ForgeKey is a key of the right form with the id of another.
func ForgeKey(id string) string {
	body := KeyPrefix + id + "_" + randomText(base62, keySecretSize)
	return body + keyCheck(body)
}
