package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What has a status has a type that says which there are, and what each can become.
func TestEveryStatusHasAType(t *testing.T) {
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "gen" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == "../api/client/client.go":
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(node ast.Node) bool {
			field, is := node.(*ast.Field)
			if !is {
				return true
			}
			kind, _ := field.Type.(*ast.Ident)
			for _, name := range field.Names {
				if !strings.HasSuffix(name.Name, "Status") {
					continue
				}
				if n++; kind != nil && kind.Name == "string" {
					t.Errorf("%s: %s is a string", path, name.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || n < 20 {
		t.Errorf("%d statuses: %v", n, err)
	}
}

// A blank line ends a table: what follows it would be read as text.
func TestTablesAreWhole(t *testing.T) {
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil || len(pages) == 0 {
			t.Fatal(pattern, err)
		}
		for _, page := range pages {
			b, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			lines := append(strings.Split(string(b), "\n"), "")
			for i, line := range lines[:len(lines)-1] {
				if strings.HasPrefix(line, "|") && (i == 0 || lines[i-1] == "") && strings.Trim(lines[i+1], "|-: ") != "" {
					t.Errorf("%s:%d: a row stands alone, without its table's head", page, i+1)
				}
			}
		}
	}
}
