// Package logic holds the records of finance and the handlers of its messages.
package logic
