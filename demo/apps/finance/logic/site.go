package logic

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/finance"
	"github.com/apposengine/appos/ui"
)

// Labels are the words that finance's pages show.
var Labels = appos.Translations(finance.App, "labels", struct{ Title, Books, Invoice, Invoices, Payment, Payments appos.Text }{
	Title:    appos.Text{"en": "Ledger", "fr": "Comptabilité"},
	Books:    appos.Text{"en": "Books", "fr": "Livres"},
	Invoice:  appos.Text{"en": "Invoice", "fr": "Facture"},
	Invoices: appos.Text{"en": "Invoices", "fr": "Factures"},
	Payment:  appos.Text{"en": "Payment", "fr": "Paiement"},
	Payments: appos.Text{"en": "Payments", "fr": "Paiements"},
})

var _ = ui.Site(finance.App, Labels.Title, nil,
	ui.Nav{List: ui.ListOf[Invoice](), Icon: "receipt"},
	ui.Nav{List: ui.ListOf[Payment](), Icon: "banknote"},
)
