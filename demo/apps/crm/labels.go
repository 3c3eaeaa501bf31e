package crm

import "github.com/apposengine/appos"

// Labels are the words that crm's own pages show.
var Labels = appos.Translations(App, "labels", struct {
	Title, Dashboard, Sales, Catalogue, NewCustomer            appos.Text
	Revenue, RevenueByMonth, OpenOrders, AverageOrder          appos.Text
	CustomersByTier, LatestOrders, LateOrders, LowStock, Empty appos.Text
}{
	Title:           appos.Text{"en": "Northlight CRM", "fr": "CRM Northlight"},
	Dashboard:       appos.Text{"en": "Overview", "fr": "Vue d’ensemble"},
	NewCustomer:     appos.Text{"en": "New customer", "fr": "Nouveau client"},
	Sales:           appos.Text{"en": "Sales", "fr": "Ventes"},
	Catalogue:       appos.Text{"en": "Catalogue", "fr": "Catalogue"},
	Revenue:         appos.Text{"en": "Revenue, 12 months", "fr": "Chiffre d’affaires, 12 mois"},
	RevenueByMonth:  appos.Text{"en": "Revenue by month", "fr": "Chiffre d’affaires par mois"},
	OpenOrders:      appos.Text{"en": "Open orders", "fr": "Commandes en cours"},
	AverageOrder:    appos.Text{"en": "Average order", "fr": "Commande moyenne"},
	CustomersByTier: appos.Text{"en": "Customers by tier", "fr": "Clients par niveau"},
	LatestOrders:    appos.Text{"en": "Latest orders", "fr": "Dernières commandes"},
	LateOrders:      appos.Text{"en": "Late orders", "fr": "Commandes en retard"},
	LowStock:        appos.Text{"en": "Low stock", "fr": "Stock faible"},
	Empty:           appos.Text{"en": "Nothing has been sold yet. Figures appear with the first order.", "fr": "Rien n’a encore été vendu. Les chiffres apparaîtront avec la première commande."},
})

// Names are the records, fields and values as derived screens show them.
var Names = appos.Translations(App, "names", struct {
	Region, Regions, Product, Products, Customer, Customers, Order, Orders, OrderLine, OrderLines appos.Text

	Name, UnitPrice, Stock, Discontinued, Code, Contact, Email, Phone, City, Country, Tier, CreditLimit, Since, Tags, LeadTime appos.Text
	Number, Status, PlacedAt, DueOn, ShippedAt, Freight, Quantity, Discount, Lines, CheckShippedAfterPlaced                    appos.Text

	Bronze, Silver, Gold, Platinum, Draft, Confirmed, Shipped, Delivered, Cancelled appos.Text
}{
	Region:     appos.Text{"en": "Region", "fr": "Région"},
	Regions:    appos.Text{"en": "Regions", "fr": "Régions"},
	Product:    appos.Text{"en": "Product", "fr": "Produit"},
	Products:   appos.Text{"en": "Products", "fr": "Produits"},
	Customer:   appos.Text{"en": "Customer", "fr": "Client"},
	Customers:  appos.Text{"en": "Customers", "fr": "Clients"},
	Order:      appos.Text{"en": "Order", "fr": "Commande"},
	Orders:     appos.Text{"en": "Orders", "fr": "Commandes"},
	OrderLine:  appos.Text{"en": "Order line", "fr": "Ligne de commande"},
	OrderLines: appos.Text{"en": "Order lines", "fr": "Lignes de commande"},

	Name:         appos.Text{"en": "Name", "fr": "Nom"},
	UnitPrice:    appos.Text{"en": "Unit price", "fr": "Prix unitaire"},
	Stock:        appos.Text{"en": "Stock", "fr": "Stock"},
	Discontinued: appos.Text{"en": "Discontinued", "fr": "Abandonné"},
	Code:         appos.Text{"en": "Code", "fr": "Code"},
	Contact:      appos.Text{"en": "Contact", "fr": "Contact"},
	Email:        appos.Text{"en": "E-mail", "fr": "E-mail"},
	Phone:        appos.Text{"en": "Phone", "fr": "Téléphone"},
	City:         appos.Text{"en": "City", "fr": "Ville"},
	Country:      appos.Text{"en": "Country", "fr": "Pays"},
	Tier:         appos.Text{"en": "Tier", "fr": "Niveau"},
	CreditLimit:  appos.Text{"en": "Credit limit", "fr": "Plafond de crédit"},
	Since:        appos.Text{"en": "Customer since", "fr": "Client depuis"},
	Tags:         appos.Text{"en": "Tags", "fr": "Étiquettes"},
	LeadTime:     appos.Text{"en": "Lead time", "fr": "Délai"},
	Number:       appos.Text{"en": "Number", "fr": "Numéro"},
	Status:       appos.Text{"en": "Status", "fr": "Statut"},
	PlacedAt:     appos.Text{"en": "Placed", "fr": "Passée le"},
	ShippedAt:    appos.Text{"en": "Shipped", "fr": "Expédiée le"},
	DueOn:        appos.Text{"en": "Due", "fr": "Échéance"},
	Freight:      appos.Text{"en": "Freight", "fr": "Port"},
	Quantity:     appos.Text{"en": "Quantity", "fr": "Quantité"},
	Discount:     appos.Text{"en": "Discount", "fr": "Remise"},
	Lines:        appos.Text{"en": "Lines", "fr": "Lignes"},

	CheckShippedAfterPlaced: appos.Text{"en": "An order is shipped after it was placed", "fr": "Une commande est expédiée après avoir été passée"},

	Bronze:    appos.Text{"en": "Bronze", "fr": "Bronze"},
	Silver:    appos.Text{"en": "Silver", "fr": "Argent"},
	Gold:      appos.Text{"en": "Gold", "fr": "Or"},
	Platinum:  appos.Text{"en": "Platinum", "fr": "Platine"},
	Draft:     appos.Text{"en": "Draft", "fr": "Brouillon"},
	Confirmed: appos.Text{"en": "Confirmed", "fr": "Confirmée"},
	Shipped:   appos.Text{"en": "Shipped", "fr": "Expédiée"},
	Delivered: appos.Text{"en": "Delivered", "fr": "Livrée"},
	Cancelled: appos.Text{"en": "Cancelled", "fr": "Annulée"},
})
