// Package secret encrypts what must not be readable in a database, in a backup
// or by somebody who has only those: the credentials of connected systems, and
// fields that records keep hidden.
//
// Every value is sealed with a key of its own, which is stored beside it wrapped
// by a key of the ring (envelope encryption, AES-256-GCM, by Tink). A value is
// bound to its [Place]: moved to another row or column it does not open. The ring
// is a Tink keyset in a file that only its owner can read, or in the
// environment; whoever loses it loses the values.
//
// The package hides nothing from the process that holds the ring, signs nobody
// in and stores no passwords of users, which are hashed by package security.
package secret
