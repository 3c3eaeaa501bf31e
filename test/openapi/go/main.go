// Command shop is a typed client in Go: what docs/openapi.md shows, compiled and run
// by the tests. Usage: shop URL KEY
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"shop/api"
)

func main() {
	ctx := context.Background()
	withKey := func(_ context.Context, r *http.Request) error {
		r.Header.Set("X-API-Key", os.Args[2])
		return nil
	}
	shop, err := api.NewClientWithResponses(os.Args[1], api.WithRequestEditorFn(withKey))
	if err != nil {
		log.Fatal(err)
	}

	at := time.Date(2026, 1, 31, 15, 4, 5, 0, time.UTC)
	order := api.CrmOrderCreate{Number: "GO-1", CustomerId: 1, PlacedAt: at, Status: ptr(api.CrmOrderCreateStatusDraft), Freight: ptr("12.50")}
	created, err := shop.CrmOrdersCreateWithResponse(ctx, &api.CrmOrdersCreateParams{IdempotencyKey: ptr("shop-go-1")}, order)
	if err != nil || created.JSON201 == nil {
		log.Fatal(err, string(created.Body))
	}
	fmt.Println("created", created.JSON201.Number, created.JSON201.Freight)

	found, err := shop.CrmOrdersListWithResponse(ctx, &api.CrmOrdersListParams{
		Filter: &api.CrmOrderFilter{NumberStartsWith: ptr("GO-")}, Limit: ptr(int32(10)), Count: ptr(true), Expand: &[]string{"customer"},
	})
	if err != nil || found.JSON200 == nil {
		log.Fatal(err, string(found.Body))
	}
	fmt.Println("found", *found.JSON200.Total, found.JSON200.Items[0].Number, found.JSON200.Items[0].Customer != nil)

	one, err := shop.CrmOrdersGetWithResponse(ctx, strconv.FormatInt(created.JSON201.Id, 10), nil)
	if err != nil || one.JSON200 == nil {
		log.Fatal(err)
	}
	fmt.Println("read", one.JSON200.Id == created.JSON201.Id, one.HTTPResponse.Header.Get("ETag"))

	placed, err := shop.CrmPlaceOrderWithResponse(ctx, nil, api.CrmPlaceOrderRequest{Number: "GO-2", Customer: 1, Lines: []api.CrmPlacedLineInput{{Product: 1, Quantity: 2}}})
	if err != nil || placed.JSON201 == nil {
		log.Fatal(err, string(placed.Body))
	}
	fmt.Println("placed", placed.JSON201.Number, placed.JSON201.Status)

	order.Number = ""
	refused, err := shop.CrmOrdersCreateWithResponse(ctx, nil, order)
	if err != nil || refused.ApplicationproblemJSON422 == nil {
		log.Fatal(err, string(refused.Body))
	}
	problem := refused.ApplicationproblemJSON422
	fmt.Println("refused", problem.Status, (*problem.Errors)[0].Field, (*problem.Errors)[0].Rule)
}

func ptr[T any](v T) *T { return &v }
