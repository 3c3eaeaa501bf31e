package exchange_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/store/storetest"
)

// The Northwind sample database, as records that keep its keys.

var northwind = appos.NewApp("nw", []byte("app:\n  name: Northwind\n  groups: [staff]\n"))

type Region struct {
	appos.Entity[Region]
	Number      int    `appos:"unique"`
	Description string `validate:"required" appos:"display"`
}

type Territory struct {
	appos.Entity[Territory]
	Code        string `validate:"required" appos:"unique"`
	Description string `validate:"required" appos:"display"`
	Region      appos.ID[Region]
}

type Category struct {
	appos.Entity[Category]
	Number      int    `appos:"unique"`
	Name        string `validate:"required" appos:"display"`
	Description string
	Picture     string
}

type Supplier struct {
	appos.Entity[Supplier]
	Number                                                               int    `appos:"unique"`
	Company                                                              string `validate:"required" appos:"display"`
	ContactName, ContactTitle, Address, City, PostalCode, Country, Phone string
	Region, Fax, HomePage                                                *string
}

type Shipper struct {
	appos.Entity[Shipper]
	Number  int    `appos:"unique"`
	Company string `validate:"required" appos:"display"`
	Phone   string
}

type Customer struct {
	appos.Entity[Customer]
	Code                                              string `validate:"required,len=5" appos:"unique"`
	Company                                           string `validate:"required" appos:"display"`
	ContactName, ContactTitle, Address, City, Country string
	Region, PostalCode, Phone, Fax                    *string
}

type Employee struct {
	appos.Entity[Employee]
	Number                                                       int    `appos:"unique"`
	LastName                                                     string `validate:"required" appos:"display"`
	FirstName, Title, TitleOfCourtesy, Address, City, PostalCode string
	Country, HomePhone, Extension, Photo, Notes, PhotoPath       string
	Region                                                       *string
	BirthDate, HireDate                                          *time.Time
	ReportsTo                                                    *appos.ID[Employee]
}

type Product struct {
	appos.Entity[Product]
	Number                                   int    `appos:"unique"`
	Name                                     string `validate:"required" appos:"display"`
	Supplier                                 appos.ID[Supplier]
	Category                                 appos.ID[Category]
	QuantityPerUnit                          string
	UnitPrice                                decimal.Decimal `validate:"gte=0" appos:"scale=4"`
	UnitsInStock, UnitsOnOrder, ReorderLevel int
	Discontinued                             bool
}

type Order struct {
	appos.Entity[Order]
	Number                                       int `appos:"unique,display"`
	Customer                                     appos.ID[Customer]
	Employee                                     *appos.ID[Employee]
	Placed                                       time.Time
	Required, Shipped                            *time.Time
	Via                                          appos.ID[Shipper]
	Freight                                      decimal.Decimal `validate:"gte=0" appos:"scale=4"`
	ShipName, ShipAddress, ShipCity, ShipCountry string
	ShipRegion, ShipPostalCode                   *string
}

type OrderDetail struct {
	appos.Entity[OrderDetail]
	Order     appos.ID[Order]
	Product   appos.ID[Product]
	UnitPrice decimal.Decimal `appos:"scale=4"`
	Quantity  int             `validate:"gte=1"`
	Discount  float64         `validate:"gte=0,lte=1"`
}

var (
	_ = appos.Record[Region](northwind, crud)
	_ = appos.Record[Territory](northwind, crud)
	_ = appos.Record[Category](northwind, crud)
	_ = appos.Record[Supplier](northwind, crud)
	_ = appos.Record[Shipper](northwind, crud)
	_ = appos.Record[Customer](northwind, crud, appos.Audited)
	_ = appos.Record[Employee](northwind, crud)
	_ = appos.Record[Product](northwind, crud)
	_ = appos.Record[Order](northwind, crud)
	_ = appos.Record[OrderDetail](northwind, crud)
)

// The files in the order in which they refer to each other, and where their
// columns go.
var northwindFiles = []struct{ file, record, columns, upsert string }{
	{"regions", "region", "regionID=number,regionDescription=description", "number"},
	{"territories", "territory", "territoryID=code,territoryDescription=description,regionID=region.number", "code"},
	{"categories", "category", "categoryID=number,categoryName=name", "number"},
	{"suppliers", "supplier", "supplierID=number,companyName=company", "number"},
	{"shippers", "shipper", "shipperID=number,companyName=company", "number"},
	{"customers", "customer", "customerID=code,companyName=company", "code"},
	{"employees", "employee", "employeeID=number,reportsTo=reports_to.number", "number"},
	{"products", "product", "productID=number,productName=name,supplierID=supplier.number,categoryID=category.number", "number"},
	{"orders", "order", "orderID=number,customerID=customer.code,employeeID=employee.number,orderDate=placed,requiredDate=required,shippedDate=shipped,shipVia=via.number", "number"},
	{"order_details", "order_detail", "orderID=order.number,productID=product.number", ""},
}

func northwindFolder(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../shared/data/northwind")
	if err != nil {
		t.Fatal(err)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the Northwind files are not here")
	}
	return dir
}

// read reads a file independently of the package under test.
func readNorthwind(t *testing.T, dir, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		all = append(all, m)
	}
	return all
}

func TestNorthwind(t *testing.T) {
	dir := northwindFolder(t)
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, northwind)
		load := func(upsert bool) map[string]exchange.Job {
			jobs := map[string]exchange.Job{}
			for _, f := range northwindFiles {
				columns, err := exchange.ParseMap(f.columns)
				b.must(err)
				o := exchange.Options{Map: columns, Null: "NULL"}
				if upsert {
					if o.Upsert = f.upsert; o.Upsert == "" {
						continue
					}
				}
				jobs[f.file] = b.load("nw.records."+f.record, filepath.Join(dir, f.file+".csv"), o)
			}
			return jobs
		}
		first := load(false)
		for _, f := range northwindFiles {
			if want := int64(len(readNorthwind(t, dir, f.file))); first[f.file].Created != want {
				t.Errorf("%s: %d rows were created, the file has %d", f.file, first[f.file].Created, want)
			}
		}

		t.Run("sums", func(t *testing.T) {
			number := func(s string) decimal.Decimal { return decimal.RequireFromString(s) }
			var freight, want decimal.Decimal
			for _, o := range find[Order](b, nil) {
				freight = freight.Add(o.Freight)
			}
			for _, o := range readNorthwind(t, dir, "orders") {
				want = want.Add(number(o["freight"]))
			}
			if !freight.Equal(want) {
				t.Errorf("the freight is %s, the file says %s", freight, want)
			}
			orders, revenue, expected := map[appos.ID[Order]]int{}, map[int]decimal.Decimal{}, map[string]decimal.Decimal{}
			for _, o := range find[Order](b, nil) {
				orders[o.ID] = o.Number
			}
			for _, d := range find[OrderDetail](b, nil) {
				price := d.UnitPrice.Mul(decimal.NewFromInt(int64(d.Quantity))).Mul(decimal.NewFromInt(1).Sub(decimal.NewFromFloat(d.Discount)))
				revenue[orders[d.Order]] = revenue[orders[d.Order]].Add(price)
			}
			for _, d := range readNorthwind(t, dir, "order_details") {
				price := number(d["unitPrice"]).Mul(number(d["quantity"])).Mul(decimal.NewFromInt(1).Sub(number(d["discount"])))
				expected[d["orderID"]] = expected[d["orderID"]].Add(price)
			}
			for id, sum := range expected {
				var n int
				fmt.Sscan(id, &n)
				if !revenue[n].Equal(sum) {
					t.Errorf("order %s is worth %s, the file says %s", id, revenue[n], sum)
				}
			}
			if len(revenue) != len(expected) {
				t.Errorf("%d orders have lines, in the file %d", len(revenue), len(expected))
			}
		})
		t.Run("who reports to whom", func(t *testing.T) {
			numbers, boss := map[appos.ID[Employee]]int{}, map[string]string{}
			staff := find[Employee](b, nil)
			for _, e := range staff {
				numbers[e.ID] = e.Number
			}
			for _, e := range staff {
				boss[fmt.Sprint(e.Number)] = "NULL"
				if e.ReportsTo != nil {
					boss[fmt.Sprint(e.Number)] = fmt.Sprint(numbers[*e.ReportsTo])
				}
			}
			for _, e := range readNorthwind(t, dir, "employees") {
				if boss[e["employeeID"]] != e["reportsTo"] {
					t.Errorf("employee %s reports to %s, the file says %s", e["employeeID"], boss[e["employeeID"]], e["reportsTo"])
				}
			}
		})
		t.Run("again changes nothing", func(t *testing.T) {
			for file, job := range load(true) {
				if job.Created != 0 || job.Updated != 0 || job.Unchanged != first[file].Created {
					t.Errorf("%s: %+v", file, job.Counts)
				}
			}
			for _, e := range find[Employee](b, nil) {
				if e.Version > 2 {
					t.Errorf("employee %d has version %d", e.Number, e.Version)
				}
			}
		})
	})
}
