package ui

// recordWords are those of forms and of screens derived from records.
var recordWords = map[string]phrase{
	"create": {"Create", "Créer", "Anlegen"},
	"edit":   {"Edit", "Modifier", "Bearbeiten"},
	"save":   {"Save", "Enregistrer", "Speichern"},
	"cancel": {"Cancel", "Annuler", "Abbrechen"},
	"delete": {"Delete", "Supprimer", "Löschen"},

	"record.new":                {"New {name}", "Créer : {name}", "{name} anlegen"},
	"record.edit":               {"Edit {name}", "Modifier {name}", "{name} bearbeiten"},
	"record.all":                {"View all", "Tout afficher", "Alle anzeigen"},
	"record.details":            {"Details", "Détails", "Details"},
	"record.history":            {"History", "Historique", "Verlauf"},
	"record.created":            {"{name} created", "{name} : créé", "{name} angelegt"},
	"record.updated":            {"{name} saved", "{name} : enregistré", "{name} gespeichert"},
	"record.deleted":            {"{name} deleted", "{name} : supprimé", "{name} gelöscht"},
	"record.deleted.many.one":   {"{n} row deleted", "{n} ligne supprimée", "{n} Zeile gelöscht"},
	"record.deleted.many.other": {"{n} rows deleted", "{n} lignes supprimées", "{n} Zeilen gelöscht"},
	"record.delete":             {"Delete {name}?", "Supprimer {name} ?", "{name} löschen?"},
	"record.delete.many.one":    {"Delete {n} row?", "Supprimer {n} ligne ?", "{n} Zeile löschen?"},
	"record.delete.many.other":  {"Delete {n} rows?", "Supprimer {n} lignes ?", "{n} Zeilen löschen?"},
	"record.delete.text":        {"This cannot be undone.", "Cette action est irréversible.", "Das lässt sich nicht rückgängig machen."},
	"record.delete.soft":        {"It disappears from lists, searches and the API.", "L’élément disparaîtra des listes, des recherches et de l’API.", "Der Eintrag verschwindet aus Listen, Suchen und der API."},
	"record.delete.refused":     {"Not deleted", "Non supprimé", "Nicht gelöscht"},
	"record.stale":              {"Somebody else changed this meanwhile. Reload the page to see what, then enter your changes again.", "Quelqu’un d’autre a modifié ces données entre-temps. Rechargez la page pour voir les changements, puis saisissez les vôtres.", "Jemand anderes hat dies inzwischen geändert. Laden Sie die Seite neu, um es zu sehen, und geben Sie Ihre Änderungen erneut ein."},

	"field.id":         {"ID", "ID", "ID"},
	"field.version":    {"Version", "Version", "Version"},
	"field.created_at": {"Created", "Créé le", "Angelegt am"},
	"field.created_by": {"Created by", "Créé par", "Angelegt von"},
	"field.updated_at": {"Changed", "Modifié le", "Geändert am"},
	"field.updated_by": {"Changed by", "Modifié par", "Geändert von"},

	"form.optional":     {"Optional", "Facultatif", "Optional"},
	"form.json":         {"JSON", "JSON", "JSON"},
	"form.lines":        {"One per line", "Un par ligne", "Je Zeile einer"},
	"form.duration":     {"Such as 1 h 30 min, or 2 d", "Par exemple 1 h 30 min, ou 2 j", "Etwa 1 h 30 min oder 2 d"},
	"json.lines":        {"JSON, {n} lines", "JSON, {n} lignes", "JSON, {n} Zeilen"},
	"form.find":         {"Type to find: {name}", "Tapez pour trouver : {name}", "Tippen, um zu finden: {name}"},
	"form.faults.one":   {"{n} field needs attention", "{n} champ est à corriger", "{n} Feld ist zu korrigieren"},
	"form.faults.other": {"{n} fields need attention", "{n} champs sont à corriger", "{n} Felder sind zu korrigieren"},
}
