// Package object holds what a declaration becomes: descriptors with the
// generics erased, the context a call runs in, and the error it may end in.
//
// It is the leaf that every other package stands on. It imports nothing of
// AppOS, reads no files, opens no connections and decides nothing: package
// appos fills the descriptors in, package engine and the packages under it act
// on them.
package object
