package ui

import (
	"maps"

	"github.com/apposengine/appos/internal/wording"
)

// words are those of the kit, in the order of languages.
var words = func() map[string]phrase {
	all := map[string]phrase{}
	maps.Copy(all, shellWords)
	maps.Copy(all, tableWords)
	maps.Copy(all, recordWords)
	maps.Copy(all, historyWords)
	maps.Copy(all, liveWords)
	maps.Copy(all, exchangeWords)
	maps.Copy(all, wording.Rules)
	maps.Copy(all, keyWords)
	return all
}()

// shellWords are those around pages: navigation, sign-in, errors.
var shellWords = map[string]phrase{
	"skip":                     {"Skip to content", "Aller au contenu", "Zum Inhalt springen"},
	"sidebar":                  {"App", "Application", "App"},
	"nav":                      {"Main", "Navigation principale", "Hauptnavigation"},
	"nav.toggle":               {"Toggle navigation", "Afficher ou masquer la navigation", "Navigation ein- oder ausblenden"},
	"crumbs":                   {"Breadcrumb", "Fil d’Ariane", "Brotkrumen"},
	"apps":                     {"Apps", "Applications", "Apps"},
	"noapps":                   {"No app is open to you yet", "Aucune application ne vous est encore ouverte", "Noch ist keine App für Sie offen"},
	"noapps.text":              {"Ask an administrator to add you to a group, then come back.", "Demandez à un administrateur de vous ajouter à un groupe, puis revenez.", "Bitten Sie die Administration, Sie in eine Gruppe aufzunehmen, und kommen Sie dann wieder."},
	"apps.switch":              {"Switch app:", "Changer d’application :", "App wechseln:"},
	"account":                  {"Account settings", "Paramètres du compte", "Kontoeinstellungen"},
	"account.menu":             {"Account menu:", "Menu du compte :", "Kontomenü:"},
	"account.profile":          {"Profile", "Profil", "Profil"},
	"account.name":             {"Full name", "Nom complet", "Vollständiger Name"},
	"account.email":            {"E-mail", "E-mail", "E-Mail"},
	"account.language":         {"Language", "Langue", "Sprache"},
	"account.language.app":     {"That of the app", "Celle de l’application", "Die der App"},
	"account.zone":             {"Time zone", "Fuseau horaire", "Zeitzone"},
	"account.zone.hint":        {"Empty is UTC.", "Vide : UTC.", "Leer ist UTC."},
	"account.zone.wrong":       {"Enter a time zone, such as Europe/Paris", "Saisissez un fuseau horaire, par exemple Europe/Paris", "Geben Sie eine Zeitzone ein, zum Beispiel Europe/Paris"},
	"account.saved":            {"Profile saved", "Profil enregistré", "Profil gespeichert"},
	"account.password":         {"Password", "Mot de passe", "Passwort"},
	"account.password.old":     {"Present password", "Mot de passe actuel", "Bisheriges Passwort"},
	"account.password.new":     {"New password", "Nouveau mot de passe", "Neues Passwort"},
	"account.password.again":   {"New password, again", "Nouveau mot de passe, encore une fois", "Neues Passwort, noch einmal"},
	"account.password.enter":   {"Enter a password", "Saisissez un mot de passe", "Geben Sie ein Passwort ein"},
	"account.password.differ":  {"The two are not the same", "Les deux ne sont pas identiques", "Die beiden stimmen nicht überein"},
	"account.password.wrong":   {"This is not your present password", "Ce n’est pas votre mot de passe actuel", "Das ist nicht Ihr bisheriges Passwort"},
	"account.password.change":  {"Change password", "Changer le mot de passe", "Passwort ändern"},
	"account.password.changed": {"Password changed", "Mot de passe changé", "Passwort geändert"},
	"account.password.others":  {"Your other sessions end with it.", "Vos autres sessions se terminent.", "Ihre anderen Sitzungen enden damit."},

	"copy":   {"Copy", "Copier", "Kopieren"},
	"copied": {"Copied", "Copié", "Kopiert"},

	"signout": {"Sign out", "Se déconnecter", "Abmelden"},

	"scheme":        {"Appearance", "Apparence", "Darstellung"},
	"scheme.light":  {"Light", "Clair", "Hell"},
	"scheme.dark":   {"Dark", "Sombre", "Dunkel"},
	"scheme.auto":   {"System", "Système", "System"},
	"scheme.switch": {"Switch colour scheme", "Changer de thème de couleurs", "Farbschema wechseln"},

	"palette":         {"Command palette", "Palette de commandes", "Befehlspalette"},
	"palette.open":    {"Search or jump to…", "Rechercher ou aller à…", "Suchen oder springen zu…"},
	"palette.hint":    {"Search pages and records…", "Rechercher des pages et des données…", "Seiten und Daten suchen…"},
	"palette.results": {"Results", "Résultats", "Ergebnisse"},
	"palette.none":    {"No results for “{q}”", "Aucun résultat pour « {q} »", "Keine Ergebnisse für „{q}“"},
	"palette.move":    {"navigate", "naviguer", "bewegen"},
	"palette.go":      {"open", "ouvrir", "öffnen"},

	"signin":          {"Sign in", "Se connecter", "Anmelden"},
	"signin.user":     {"User name", "Nom d’utilisateur", "Benutzername"},
	"signin.password": {"Password", "Mot de passe", "Passwort"},
	"signin.wrong":    {"The user name or the password is wrong.", "Le nom d’utilisateur ou le mot de passe est incorrect.", "Der Benutzername oder das Passwort ist falsch."},
	"signin.locked":   {"Too many failed attempts. Try again in {minutes} min.", "Trop de tentatives échouées. Réessayez dans {minutes} min.", "Zu viele Fehlversuche. Versuchen Sie es in {minutes} Min. wieder."},

	"failed":         {"Something went wrong. Nothing was lost; try again.", "Une erreur est survenue. Rien n’est perdu ; réessayez.", "Etwas ist schiefgegangen. Nichts ist verloren; versuchen Sie es erneut."},
	"error.back":     {"Back to start", "Retour à l’accueil", "Zurück zum Start"},
	"error.home":     {"Back to start", "Retour à l’accueil", "Zurück zum Start"},
	"error.id":       {"Execution", "Exécution", "Ausführung"},
	"error.401":      {"Your session is over", "Votre session a expiré", "Ihre Sitzung ist beendet"},
	"error.401.text": {"Sign in again to go on.", "Reconnectez-vous pour continuer.", "Melden Sie sich erneut an, um fortzufahren."},
	"error.403":      {"You may not do this", "Vous n’y êtes pas autorisé", "Das dürfen Sie nicht"},
	"error.403.text": {"Your groups do not have the permission. Ask an administrator if you need it.", "Vos groupes n’ont pas l’autorisation. Demandez-la à un administrateur si nécessaire.", "Ihren Gruppen fehlt die Berechtigung. Bitten Sie bei Bedarf die Administration darum."},
	"error.404":      {"Page not found", "Page introuvable", "Seite nicht gefunden"},
	"error.404.text": {"What you asked for does not exist, was moved, or is not yours to see.", "Ce que vous demandez n’existe pas, a été déplacé ou ne vous est pas accessible.", "Das Gesuchte gibt es nicht, es wurde verschoben oder ist nicht für Sie bestimmt."},
	"error.409":      {"This is not possible now", "Impossible pour le moment", "Das geht gerade nicht"},
	"error.409.text": {"The state of the data does not allow it. Reload and try again.", "L’état des données ne le permet pas. Rechargez la page et réessayez.", "Der Stand der Daten erlaubt es nicht. Laden Sie die Seite neu und versuchen Sie es erneut."},
	"error.422":      {"Something in the request is wrong", "La requête contient une erreur", "Die Anfrage enthält einen Fehler"},
	"error.422.text": {"Go back and check what you entered.", "Revenez en arrière et vérifiez votre saisie.", "Gehen Sie zurück und prüfen Sie Ihre Eingaben."},
	"error.429":      {"Too many requests", "Trop de requêtes", "Zu viele Anfragen"},
	"error.429.text": {"Wait a moment, then try again.", "Patientez un instant, puis réessayez.", "Warten Sie einen Moment und versuchen Sie es dann erneut."},
	"error.500":      {"Something went wrong", "Une erreur est survenue", "Etwas ist schiefgegangen"},
	"error.500.text": {"The error is in the logs. Try again, or tell an administrator the execution below.", "L’erreur est consignée. Réessayez, ou communiquez l’exécution ci-dessous à un administrateur.", "Der Fehler ist protokolliert. Versuchen Sie es erneut, oder nennen Sie der Administration die Ausführung unten."},
	"error.507":      {"There is no room left", "Il n’y a plus de place", "Der Platz ist aufgebraucht"},
	"error.507.text": {"The disk is full, so nothing was stored. Tell an administrator; everything that was stored before is there.", "Le disque est plein, rien n’a été enregistré. Prévenez un administrateur ; tout ce qui était enregistré est conservé.", "Die Festplatte ist voll, es wurde nichts gespeichert. Sagen Sie der Administration Bescheid; alles vorher Gespeicherte ist da."},
	"error.503":      {"This is not available right now", "Momentanément indisponible", "Das ist gerade nicht verfügbar"},
	"error.503.text": {"A system that this needs does not answer. Try again in a moment.", "Un système nécessaire ne répond pas. Réessayez dans un instant.", "Ein System, das dafür gebraucht wird, antwortet nicht. Versuchen Sie es gleich noch einmal."},
	"error.504":      {"This took too long", "L’opération a pris trop de temps", "Das hat zu lange gedauert"},
	"error.504.text": {"Try again in a moment.", "Réessayez dans un instant.", "Versuchen Sie es gleich noch einmal."},
}
