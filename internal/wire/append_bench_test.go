package wire_test

import (
	"testing"
	"time"

	"github.com/apposengine/appos/internal/wire"
)

func BenchmarkAppendTime(b *testing.B) {
	t := time.Date(2026, 11, 23, 15, 4, 5, 123456000, time.UTC)
	var buf []byte
	for b.Loop() {
		buf = wire.AppendTime(buf[:0], t)
	}
}
