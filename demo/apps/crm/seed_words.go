package crm

import "strings"

// What the demonstration's names are made of.

var regionNames = []string{"North", "Alps", "West", "South", "Islands", "East"}

type place struct {
	city, country, form, dial string
	region                    int
}

var places = []place{
	{"Hamburg", "Germany", "GmbH", "+49", 0}, {"Berlin", "Germany", "GmbH", "+49", 0}, {"Leipzig", "Germany", "AG", "+49", 5},
	{"München", "Germany", "GmbH", "+49", 1}, {"Zürich", "Switzerland", "AG", "+41", 1}, {"Genève", "Switzerland", "SA", "+41", 1},
	{"Wien", "Austria", "GmbH", "+43", 1}, {"Lyon", "France", "SARL", "+33", 2}, {"Nantes", "France", "SA", "+33", 2},
	{"Paris", "France", "SAS", "+33", 2}, {"Rotterdam", "Netherlands", "BV", "+31", 2}, {"Gent", "Belgium", "BV", "+32", 2},
	{"Porto", "Portugal", "Lda", "+351", 3}, {"Sevilla", "Spain", "SL", "+34", 3}, {"Torino", "Italy", "Srl", "+39", 3},
	{"Bologna", "Italy", "SpA", "+39", 3}, {"Cork", "Ireland", "Ltd", "+353", 4}, {"Leeds", "United Kingdom", "Ltd", "+44", 4},
	{"Malmö", "Sweden", "AB", "+46", 0}, {"Aarhus", "Denmark", "ApS", "+45", 0}, {"Kraków", "Poland", "Sp. z o.o.", "+48", 5},
	{"Brno", "Czechia", "s.r.o.", "+420", 5},
}

var nameStems = []string{
	"Alpenglow", "Aurelia", "Birkenfeld", "Bramble", "Cascade", "Cobalt", "Dornier", "Elbe", "Fjord", "Granite", "Halcyon",
	"Heron", "Ironbridge", "Juniper", "Kestrel", "Larkspur", "Lumen", "Meridian", "Nordlicht", "Oakline", "Pallas", "Quarry",
	"Rivage", "Saltmarsh", "Solstice", "Tamarind", "Thistle", "Umbra", "Verdant", "Wexford", "Yarrow", "Zephyr",
}

var trades = []string{
	"Energy", "Logistics", "Foods", "Textiles", "Optics", "Robotics", "Chemicals", "Foundry", "Furniture", "Instruments",
	"Packaging", "Ceramics", "Marine", "Medical", "Outdoor", "Print",
}

var firstNames = []string{
	"Amélie", "Jonas", "Priya", "Tomás", "Mara", "Léa", "Henrik", "Giulia", "Aoife", "Mateusz", "Inès", "Lukas", "Sofia", "Emil",
	"Chloé", "Pieter", "Nora", "Rafael", "Ida", "Óscar", "Hannah", "Milan", "Yusuf", "Beatriz",
}

var lastNames = []string{
	"Dubois", "Keller", "Raman", "Ortega", "Lindqvist", "Moreau", "Jensen", "Conti", "Byrne", "Nowak", "Laurent", "Huber",
	"Rossi", "Sørensen", "Girard", "de Vries", "Fischer", "Almeida", "Novák", "Iglesias", "Weber", "Costa", "Demir", "Walsh",
}

type productFamily struct {
	name  string
	from  float64
	sizes []string
}

var productFamilies = []productFamily{
	{"Desk lamp Lys", 29, []string{"small", "large", "brass"}},
	{"Office chair Nord", 140, []string{"basic", "comfort", "pro"}},
	{"Standing desk Tern", 320, []string{"120 cm", "140 cm", "160 cm", "180 cm"}},
	{"Notebook Arkiv", 4, []string{"A6", "A5", "A4"}},
	{"Ballpoint pens", 3, []string{"black, 10", "blue, 10", "mixed, 20"}},
	{"Whiteboard Klar", 60, []string{"60 × 90", "90 × 120", "100 × 200"}},
	{"Filing cabinet Ask", 110, []string{"2 drawers", "3 drawers", "4 drawers"}},
	{"Monitor arm Sving", 45, []string{"single", "double"}},
	{"Coffee beans Fjell", 12, []string{"250 g", "500 g", "1 kg"}},
	{"Green tea Skog", 7, []string{"100 g", "250 g"}},
	{"Printer paper Hvit", 5, []string{"500 sheets", "2,500 sheets"}},
	{"Headset Klang", 38, []string{"wired", "wireless", "noise cancelling"}},
	{"Webcam Blikk", 42, []string{"HD", "4K"}},
	{"Acoustic panel Stille", 24, []string{"grey", "green", "oak"}},
	{"Plant pot Grønn", 9, []string{"small", "medium", "large"}},
	{"Room divider Vegg", 180, []string{"120 cm", "160 cm"}},
}

// ascii takes the accents off names for e-mail addresses.
var ascii = strings.NewReplacer("é", "e", "è", "e", "ó", "o", "Ó", "o", "á", "a", "ø", "o", "Sø", "So", " ", "")

// customerTags are what sales notes about customers.
var customerTags = []string{"newsletter", "trade fair", "pays early", "export"}
