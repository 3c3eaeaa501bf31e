package feed

// Awake says whether changes are told at all.
func (f *Feed) Awake() bool { return f.awake.Load() }

// Kill ends the feed as a process that dies: without a word.
func (f *Feed) Kill() {
	f.stop()
	f.running.Wait()
}

// Nodes is how many nodes are known, this one among them.
func (f *Feed) Nodes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.origins)
}
