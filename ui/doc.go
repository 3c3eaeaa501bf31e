// Package ui is what an app draws its screens with: it declares interfaces,
// pages and sites, and it holds the components that they are made of.
//
// An interface is a message and a handler, like every object that runs. The
// handler gets a [Ctx] and returns a [Node]: one of this package's components,
// or any gomponents node, freely mixed. A link to a page is made from the page's
// message ([Ctx.URL]), so a wrong link does not compile.
//
//	type CustomerPage struct {
//		appos.Returns[ui.Node]
//		Customer appos.ID[Customer]
//	}
//
//	var _ = ui.Page(App, "/customers/{customer}", Labels.Customer, customerPage)
//
//	func customerPage(c *ui.Ctx, in CustomerPage) (ui.Node, error) {
//		customer, err := appos.Get(c, in.Customer)
//		if err != nil {
//			return nil, err
//		}
//		return ui.Screen(c, customer.Name, ui.Card("Address", ui.Text(customer.City))), nil
//	}
//
// Every screen is drawn on the server and works without JavaScript. With it, a
// link, a search or a change in a form asks for the same page again and morphs
// the answer into place; there is no second way to draw anything.
//
// From every record come a list, a view, a create, an edit and a delete screen.
// [Extend] changes the list; declaring a page at the route of a derived screen
// replaces it.
//
// # For the server
//
// The package opens no ports. A server asks [Routes] what an app answers, makes
// a [Ctx] with [NewCtx] for a request, calls [Route.Serve], and hands what it
// returns to [Ctx.Respond], which writes status, headers, cookies and document.
// Errors of either become pages with [Ctx.Error]; [SignIn] is the page of those
// who are not signed in; [Assets] serves styles, scripts and fonts below
// [AssetPrefix]; [Check] finds faulty pages and sites at boot.
// Permissions are not decided here: pages are called through the runtime's gate,
// and derived screens ask the runtime for rows and for what the user may do.
//
// Nothing here writes a style attribute or an inline script: the policy in
// [ContentSecurityPolicy] holds on every page.
package ui
