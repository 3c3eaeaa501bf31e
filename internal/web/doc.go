// Package web serves AppOS over HTTP: the derived REST API, sign-in and tokens,
// the pages of apps, assets, health and metrics.
//
// It knows who asks and in which form the answer goes back. What the user may
// do, and what happens then, is the engine's business: every route that reaches
// an object passes its gate. All routes stand in one table ([Site.Routes]), so
// that a test can hold each of them to the permissions it should have.
package web
