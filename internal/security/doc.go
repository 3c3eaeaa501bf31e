// Package security knows who there is and what they may do: users, groups and
// memberships, permissions on objects, passwords, sessions, and the record of
// every change to these.
//
// It decides, it does not guard: package engine asks Permissions.Check before
// anything runs, package web asks Service.Authenticate before anything is
// answered. Methods that change something do not ask whether the actor may;
// whoever offers them to people does.
//
// # Never out of date
//
// Decisions come from memory, and yet a right that was taken away on one node is
// gone at the next request on every node. Every change moves an epoch in its own
// transaction, every request reads the epoch together with its session, and what
// was compiled for another epoch is read again first, rows and epoch in one
// statement. Times to live bound what is kept in memory; no answer depends on them.
package security
