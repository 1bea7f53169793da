package store

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx/reflectx"
)

// take takes a statement's answer in its turn.
func (st statement) take(res pgx.BatchResults) error {
	if st.one == nil && st.some == nil {
		tag, err := res.Exec()
		err = st.hasChanged(tag.RowsAffected(), err)
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
		return st.scanAll(rows{found}, reflect.ValueOf(st.some).Elem())
	}
	return st.scanOne(rows{found}, reflect.ValueOf(st.one).Elem())
}

// fields finds a struct's fields by their columns, as sqlx does.
var fields = reflectx.NewMapperFunc("db", strings.ToLower)

// scanOne scans the first row: into a value, or into a struct's fields, the others of
// which stay as they are.
func (st statement) scanOne(r rows, into reflect.Value) error {
	if !r.Next() {
		return cmp.Or(r.Err(), ErrNotFound)
	}
	at, err := st.places(r, into.Type())
	if err != nil {
		return err
	}
	return r.Scan(targets(into, at)...)
}

// scanAll puts rows in a slice: of structs, by their columns' names, or of single
// values.
func (st statement) scanAll(r rows, list reflect.Value) error {
	of := list.Type().Elem()
	at, err := st.places(r, of)
	if err != nil {
		return err
	}
	list.SetLen(0) // of a try before
	for r.Next() {
		v := reflect.New(of).Elem()
		if err := r.Scan(targets(v, at)...); err != nil {
			return err
		}
		list.Set(reflect.Append(list, v))
	}
	return r.Err()
}

// places are a struct's fields by a row's columns; of a single value, none. A column
// that a struct has no field for is passed over where all are read: a later version
// has added it. What a statement names has its field.
func (st statement) places(r rows, of reflect.Type) ([][]int, error) {
	if of.Kind() != reflect.Struct {
		return nil, nil
	}
	names := r.columns()
	at := fields.TraversalsByName(of, names)
	for i := range at {
		if len(at[i]) == 0 && !readsAll(st.text) {
			return nil, fmt.Errorf("%s has no place for the column %s", of, names[i])
		}
	}
	return at, nil
}

// readsAll tells whether a statement reads all columns of a table, whatever they are.
func readsAll(q string) bool { return strings.Contains(strings.ReplaceAll(q, "(*)", ""), "*") }

// targets are where a row goes: nil is passed over.
func targets(into reflect.Value, at [][]int) []any {
	if at == nil {
		return []any{into.Addr().Interface()}
	}
	to := make([]any, len(at))
	for i, field := range at {
		if len(field) > 0 {
			to[i] = reflectx.FieldByIndexes(into, field).Addr().Interface()
		}
	}
	return to
}

// rows are pgx's.
type rows struct{ pgx.Rows }

func (r rows) columns() (names []string) {
	for _, f := range r.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names
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
