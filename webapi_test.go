package appos_test

import (
	"context"
	"testing"
	"time"

	"github.com/apposengine/appos"
)

type (
	Asked struct {
		appos.Returns[Wrong]

		ID     int64
		Filter map[string]string
		Secret string `appos:"sensitive"`
		Auth   string `appos:"header=Authorization"`
		Both   string `appos:"query,body"`
		Photo  *appos.File
		Rows   []Row
		Same   string `json:"id"`
	}
	Row struct {
		appos.Entity[Row]

		Name string
	}
	Wrong struct {
		Code    string `appos:"status"`
		Cookie  string `appos:"header=Set-Cookie"`
		Type    string `appos:"header=Content-Type"`
		One     []int  `appos:"body"`
		Two     []int  `appos:"body"`
		Key     string `appos:"header=X-Key,sensitive"`
		Nested  WrongBelow
		Channel string
	}
	WrongBelow struct {
		Where string `appos:"header=Location"`
	}
	Unwritable struct {
		appos.Returns[struct{ Do func() }]
	}
	Unanswered struct{ appos.Returns[int] }
	Fine       struct{ appos.Returns[appos.None] }
	AllOfIt    struct {
		appos.Returns[appos.None]

		Items []int `appos:"body"`
		Rest  string
	}
)

func answer[M appos.Callable[Out], Out any](context.Context, M) (out Out, err error) { return out, nil }

func TestBootReportsFaultsOfWebAPIs(t *testing.T) {
	app := appos.NewApp("wrong", []byte("app:\n  name: Wrong\n  groups: [staff]\n"))
	all := appos.Allow("staff")
	appos.Record[Row](app, appos.CRUD{})
	appos.Rule(app, answer[Asked])
	appos.Rule(app, answer[Unwritable])
	appos.Rule(app, answer[Fine])
	appos.Rule(app, answer[AllOfIt])
	appos.WebAPI[Asked](app, "GET /v1/asked/{nothing}", all)
	appos.WebAPI[Unwritable](app, "GET /v1/unwritable", all)
	appos.WebAPI[Unanswered](app, "GET /v1/unanswered", all)
	appos.WebAPI[AllOfIt](app, "GET /v1/whole", all)
	appos.WebAPI[AllOfIt](app, "PUT /v1/whole", all, appos.Named("put_whole"))
	appos.WebAPI[Fine](app, "FETCH /v1/fine", all, appos.Named("method"))
	appos.WebAPI[Fine](app, "GET /fine", all, appos.Named("version"))
	appos.WebAPI[Fine](app, "GET /v1/Fine", all, appos.Named("capital"))
	appos.WebAPI[Fine](app, "GET /v1/same/{a}", all, appos.Named("same"))
	appos.WebAPI[Fine](app, "GET /v1/same/{b}", all, appos.Named("same_again"))
	appos.WebAPI[Fine](app, "GET /v1/at", all, appos.Named("at"), appos.At("/{anything}"))
	appos.WebAPI[Fine](app, "GET /v1/limits", all, appos.Named("limits"), appos.Status(404), appos.MaxBody(0), appos.TimeLimit(-time.Second), appos.RateLimit(0, time.Minute))
	holdFaults(t, app, "testdata/faults_web_apis.golden")
}
