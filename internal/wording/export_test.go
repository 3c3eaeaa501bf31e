package wording

// Texts are the table, for the test that it is complete.
var Texts = texts
