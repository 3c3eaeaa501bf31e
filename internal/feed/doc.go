// Package feed carries word of changed rows from those who change them to those
// who listen, on this node and on others: which row of which record, and nothing
// of what is in it. Listeners read the row themselves, as whoever they are.
//
// A feed never slows a write down and never grows without bound. Where it cannot
// keep up it says so: a listener is then told to read everything again. The same
// goes for messages between nodes that are lost, late, or of a node that died:
// each node numbers what it tells and repeats the number in a heartbeat, so that
// silence is noticed. What a listener is told may be more than has changed, never
// less.
//
// It is no queue: nothing is kept beyond a bounded log for listeners that come
// back, and nothing survives the process.
package feed
