package server

// TuneGC is what the program does to itself before it serves; benchmarks measure
// what the program would.
var TuneGC = tuneGC
