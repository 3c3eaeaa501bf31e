package object

// Kind is what an object is.
type Kind uint8

// The kinds of objects.
const (
	KindApp Kind = iota + 1
	KindConnectedSystem
	KindConstant
	KindRecord
	KindFolder
	KindRule
	KindProcess
	KindIntegration
	KindWebAPI
	KindInterface
	KindPage
	KindSite
	KindTranslationSet
)

// Tier says where an object's permissions come from when it declares none.
type Tier uint8

const (
	// TierExplicit objects have the permissions that they declare and no others.
	TierExplicit Tier = iota
	// TierLogic objects inherit security.defaults.logic of app.yaml.
	TierLogic
	// TierUI objects inherit security.defaults.ui of app.yaml.
	TierUI
)

type kindInfo struct {
	name, plural, title string
	tier                Tier
	permissions         Permission // those that mean something for the kind
	inherits            Permission // what the app's default grants
}

var kinds = [...]kindInfo{
	KindApp:             {"app", "apps", "App", TierExplicit, View | Use | Admin, 0},
	KindConnectedSystem: {"connected_system", "connected_systems", "Connected system", TierExplicit, View | Use | Update | Admin, 0},
	KindConstant:        {"constant", "constants", "Constant", TierLogic, View | Use | Update | Admin, View | Use},
	KindRecord:          {"record", "records", "Record", TierExplicit, View | Create | Update | Delete | Admin, 0},
	KindFolder:          {"folder", "folders", "Folder", TierExplicit, View | Create | Update | Delete | Admin, 0},
	KindRule:            {"rule", "rules", "Rule", TierLogic, View | Use | Admin, View | Use},
	KindProcess:         {"process", "processes", "Process", TierExplicit, View | Use | Update | Admin, 0},
	KindIntegration:     {"integration", "integrations", "Integration", TierExplicit, View | Use | Admin, 0},
	KindWebAPI:          {"web_api", "web_apis", "Web API", TierExplicit, View | Use | Admin, 0},
	KindInterface:       {"interface", "interfaces", "Interface", TierUI, View | Use | Admin, View | Use},
	KindPage:            {"page", "pages", "Page", TierUI, View | Use | Admin, View | Use},
	KindSite:            {"site", "sites", "Site", TierUI, View | Use | Admin, View | Use},
	KindTranslationSet:  {"translation_set", "translation_sets", "Translation set", TierUI, View | Use | Update | Admin, View | Use},
}

// Kinds lists every kind, in the order of the design.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kinds)-1)
	for k := 1; k < len(kinds); k++ {
		all = append(all, Kind(k))
	}
	return all
}

func (k Kind) info() kindInfo {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return kindInfo{name: "unknown", plural: "unknown", title: "Unknown"}
}

// String is the kind in the singular, such as "web_api".
func (k Kind) String() string { return k.info().name }

// Plural is the kind's segment in references and its folder of logs, such as "web_apis".
func (k Kind) Plural() string { return k.info().plural }

// Title is the kind for people, such as "Web API".
func (k Kind) Title() string { return k.info().title }

// Tier is where the kind's permissions come from when none are declared.
func (k Kind) Tier() Tier { return k.info().tier }

// Permissions are those that mean something for the kind.
func (k Kind) Permissions() Permission { return k.info().permissions }

// Inherits are the permissions that the default of the app grants on the kind.
func (k Kind) Inherits() Permission { return k.info().inherits }
