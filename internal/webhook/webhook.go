package webhook

import (
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// State is what a webhook does with changes.
type State string

// The states.
const (
	// Active sends events.
	Active State = "active"
	// Paused keeps events until it is active again.
	Paused State = "paused"
	// Disabled takes no notice of changes, and has given up what waited.
	Disabled State = "disabled"
)

// Settings are what an administrator says about a webhook.
type Settings struct {
	Name    string
	Target  string // a URL
	Account string // the sign-in name of the user whose view of the rows it has
	// Records are references, such as "crm.records.customer".
	Records []string
	// Operations are "created", "updated" and "deleted"; empty is all.
	Operations []string
	// Filter are conditions in JSON as REST takes them for where, which a row must
	// meet after the change, or before its deletion; empty is none.
	Filter string
	// Fields are the columns that are sent; empty is all that the account may view.
	// An update that changed none of them is no event.
	Fields []string
	// Environments are those in which it works; empty is all.
	Environments []string
}

// Webhook is a webhook as it is stored. Its secret is not among it.
type Webhook struct {
	ID int64
	Settings
	State  State
	Reason string // why it was paused or disabled by itself; "" when somebody did it

	AccountID    int64
	OldUntil     time.Time // until when the secret before signs as well; zero: it does not
	FailingSince time.Time // zero: the last delivery was taken
	HeldUntil    time.Time // the target asked for quiet until then
	CreatedBy    string
	CreatedAt    time.Time
	ChangedBy    string
	ChangedAt    time.Time

	revision int64
}

// Subject is what the audit calls the webhook, whose name may change.
func (w *Webhook) Subject() string { return subject(w.ID) }

func subject(id int64) string { return "webhook:" + strconv.FormatInt(id, 10) }

// operations are the names of changes in settings.
var operations = map[object.Change]string{object.Created: "created", object.Updated: "updated", object.Deleted: "deleted"}

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of deliveries.
const (
	Waiting   DeliveryState = "waiting"   // for its first attempt, or the next
	Delivered DeliveryState = "delivered" // the target took it
	Failed    DeliveryState = "failed"    // it is not tried again
)

// Delivery is an event on its way to the target of a webhook.
type Delivery struct {
	ID, Webhook  int64
	Event        string // the id that receivers know it by
	Type         string // such as "crm.customer.updated"
	Record       string // "" is a test
	Row, Version int64
	State        DeliveryState
	Attempts     int
	CreatedAt    time.Time
	NextAt       time.Time // zero: none, or as soon as may be
	EndedAt      time.Time
	Status       int // of the last answer; 0 is none
	Latency      time.Duration
	Fault        string // why the last attempt failed
	Body         string // only of Service.Delivery

	tries int
}

// Attempt is one request to a target.
type Attempt struct {
	At      time.Time
	Latency time.Duration
	Status  int    // 0: there was no answer
	Fault   string // "": it was taken
	Answer  string // how its body began
}
