package store

import (
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
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
	into := reflect.ValueOf(st.one).Elem()
	list := reflect.New(reflect.SliceOf(into.Type()))
	if err := scanAll(rows{found}, list); err != nil {
		return err
	}
	if list.Elem().Len() == 0 {
		return ErrNotFound
	}
	into.Set(list.Elem().Index(0))
	return nil
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
