// Package record stores the rows of declared records. It compiles every record
// once into a Plan: the SQL, the conversions between columns and fields at
// their offsets in the struct, the JSON. After that no reflection runs per row.
//
// A Plan does what an Access allows and nothing else: it never decides who may
// do what, it is told by the caller and holds to it on every path. It does not
// validate the meaning of values either; the caller's Access.Validate does.
//
// Rows cross the package as pointers to the record's struct in an any. Every
// error is an *object.Error.
package record
