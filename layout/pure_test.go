package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shared are imports of what several goroutines do.
var shared = []string{`"sync"`, `"sync/atomic"`, `"golang.org/x/sync/errgroup"`}

// What make test runs without the race detector has nothing to race: it starts no
// goroutine, has no channel and no lock, and assigns to none of its own variables.
func TestNothingToRaceWhereRacesAreNotWatched(t *testing.T) {
	script, err := os.ReadFile("../scripts/test.sh")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?m)^pure=\((.+)\)$`).FindSubmatch(script)
	if said == nil {
		t.Fatal("scripts/test.sh names no such packages")
	}
	for name := range strings.FieldsSeq(string(said[1])) {
		files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: there is no such package", name)
		}
		set, parsed, own := token.NewFileSet(), []*ast.File{}, map[string]bool{}
		for _, path := range files {
			f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
			variables(f, own)
		}
		for _, f := range parsed {
			for _, what := range races(f, own) {
				t.Errorf("%s: %s", set.Position(what.Pos()), "this may race: take the package out of pure in scripts/test.sh")
			}
		}
	}
}

// variables adds the names of a file's package variables.
func variables(f *ast.File, own map[string]bool) {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					own[n.Name] = n.Name != "_"
				}
			}
		}
	}
}

// races finds what several goroutines could do to each other.
func races(f *ast.File, own map[string]bool) (found []ast.Node) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
			found = append(found, n)
		case *ast.ImportSpec:
			if slices.Contains(shared, n.Path.Value) {
				found = append(found, n)
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return own[root(e)] }) {
				found = append(found, n)
			}
		case *ast.IncDecStmt:
			if own[root(n.X)] {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// root is the name of the variable that an expression is a part of.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}
