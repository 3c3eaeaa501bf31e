// Package webhook tells other systems of changes of rows: an HTTP request to an
// address that an administrator chose, for every row that is created, updated or
// deleted and that the webhook's account may view.
//
// An event is stored in the transaction of the change, with what it will say: it
// exists exactly if the change does. A job of package queue delivers it at least
// once, signed as the Standard Webhooks specification says, and tries again until
// the target has taken it. What was sent and answered is kept for a while, can be
// read and sent again.
//
// The package follows no redirects, uses no proxy, and connects to public
// addresses only, unless the configuration allows others.
package webhook
