package secret

// Passing returns a ring with a new key that is kept nowhere: what it seals is lost
// with the process. It is for tests, whose databases do not outlive it either.
func Passing() (*Ring, error) {
	text, err := newKeyset()
	if err != nil {
		return nil, err
	}
	return &Ring{from: source{text: string(text)}}, nil
}
