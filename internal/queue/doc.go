// Package queue runs work in the background: jobs that are enqueued in the
// transaction of what they follow from, and run by whatever node has room.
//
// A job exists exactly if the change does: [Queue.Enqueue] joins the transaction
// of its context. It is run at least once. A node that dies gives its jobs to the
// others within seconds, so that a job may run again that had not ended; one that
// ends in a transaction of its own, with [Job.Complete], has its effects once.
//
// River is underneath, on SQLite and on PostgreSQL. This package gives it the
// store's transactions, a heartbeat of nodes, schedules that are kept in the
// database, and a face that does not know which database it is. It knows nothing
// of objects, users or HTTP: what a job runs as is for [Options.Begin] to say.
//
// The arguments of jobs are readable for every administrator: they name things by
// their keys, and never hold a secret.
package queue
