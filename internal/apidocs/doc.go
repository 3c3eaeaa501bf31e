// Package apidocs draws the description of the API that package openapi makes: a
// list of what the user may call, and a page for each operation on which it can be
// tried.
//
// The pages say everything without a script. Trying an operation out takes the
// kit's: the request goes from the browser to the API itself, as the user of the
// session or with a key that is typed in and kept nowhere. The package calls nothing
// and decides nothing; what a user may see is decided where the document is made.
package apidocs
