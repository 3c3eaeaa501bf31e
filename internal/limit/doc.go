// Package limit decides whether a caller may ask again or has asked too often. It
// counts by the generic cell rate algorithm (GCRA): a burst of as many requests
// as the rate has, which then come back one by one, evenly. It knows neither HTTP
// nor who the callers are.
package limit
