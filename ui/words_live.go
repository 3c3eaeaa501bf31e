package ui

// liveWords say that others have changed what is shown. Of live.rows.other and
// live.row the browser fills in {n} and {name}.
var liveWords = map[string]phrase{
	"live.refresh":    {"Refresh", "Actualiser", "Aktualisieren"},
	"live.rows.one":   {"{n} change since you opened this page", "{n} modification depuis l’ouverture de cette page", "{n} Änderung, seit Sie diese Seite geöffnet haben"},
	"live.rows.other": {"{n} changes since you opened this page", "{n} modifications depuis l’ouverture de cette page", "{n} Änderungen, seit Sie diese Seite geöffnet haben"},
	"live.rows.some":  {"There may be changes since you opened this page", "Des modifications ont pu avoir lieu depuis l’ouverture de cette page", "Seit Sie diese Seite geöffnet haben, kann es Änderungen geben"},
	"live.row":        {"{name} has changed this", "{name} a modifié cet élément", "{name} hat dies geändert"},
	"live.row.gone":   {"This was deleted, or is not open to you any more", "Cet élément a été supprimé ou ne vous est plus accessible", "Dies wurde gelöscht oder ist für Sie nicht mehr zugänglich"},
	"live.row.some":   {"This may have changed", "Cet élément a peut-être changé", "Dies hat sich vielleicht geändert"},
}
