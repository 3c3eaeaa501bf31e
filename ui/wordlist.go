package ui

// words are those of the kit, in the order of languages.
var words = map[string]phrase{}
