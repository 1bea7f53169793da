package store

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"
)

// take takes a statement's answer in its turn.
func (st statement) take(res pgx.BatchResults) error {
	if st.one == nil && st.some == nil {
		tag, err := res.Exec()
		if err == nil && st.changed != nil {
			*st.changed = tag.RowsAffected()
		}
		if err == nil && st.text == commit && tag.String() != commit {
			err = pgx.ErrTxCommitRollback // an error in it was passed over
		}
		return err
	}
	found, err := res.Query()
	if err != nil {
		return err
	}
	defer found.Close()
	if st.some != nil {
		return scanAll(rows{found}, reflect.ValueOf(st.some))
	}
	return scanOne(rows{found}, reflect.ValueOf(st.one).Elem())
}

// fields finds a struct's fields by their columns, as sqlx does.
var fields = reflectx.NewMapperFunc("db", strings.ToLower)

// scanOne scans the first row: into a value, or into a struct's fields, the others of
// which stay as they are.
func scanOne(r rows, into reflect.Value) error {
	if !r.Next() {
		return cmp.Or(r.Err(), ErrNotFound)
	}
	to := []any{into.Addr().Interface()}
	if into.Kind() == reflect.Struct {
		names, _ := r.Columns()
		to = to[:0]
		for i, at := range fields.TraversalsByName(into.Type(), names) {
			if len(at) == 0 {
				return fmt.Errorf("%s has no place for the column %s", into.Type(), names[i])
			}
			to = append(to, reflectx.FieldByIndexes(into, at).Addr().Interface())
		}
	}
	return r.Scan(to...)
}

// rows are pgx's, as sqlx scans them.
type rows struct{ pgx.Rows }

func (r rows) Close() error { r.Rows.Close(); return nil }

func (r rows) Columns() (names []string, err error) {
	for _, f := range r.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names, nil
}

// Scan takes a number for a bool too: SQLite has no other.
func (r rows) Scan(dst ...any) error {
	for i, d := range dst {
		if b, is := d.(*bool); is {
			dst[i] = (*truth)(b)
		}
	}
	return r.Rows.Scan(dst...)
}

type truth bool

func (b *truth) Scan(v any) error {
	n, number := v.(int64)
	is, _ := v.(bool)
	*b = truth(is || number && n != 0)
	return nil
}

// scanAll appends rows to a pointer to a slice: of structs, by their columns' names,
// or of single values.
func scanAll(r rows, list reflect.Value) error {
	of := list.Type().Elem().Elem()
	if of.Kind() == reflect.Struct {
		return sqlx.StructScan(r, list.Interface())
	}
	for r.Next() {
		v := reflect.New(of)
		if err := r.Scan(v.Interface()); err != nil {
			return err
		}
		list.Elem().Set(reflect.Append(list.Elem(), v.Elem()))
	}
	return r.Err()
}
