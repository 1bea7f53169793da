package layout

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	longestLine     = 140 // characters
	longestFunction = 60  // lines, of the store's own
)

// A line of code fits a page, but for what stands in a raw string: a script, a
// page, a document. A function of the store can be read at once.
func TestNothingIsTooLong(t *testing.T) {
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "gen" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || path == "../api/client/client.go":
			return nil
		}
		n++
		return tooLong(t, path)
	})
	if err != nil || n < 300 {
		t.Errorf("%d files: %v", n, err)
	}
}

func tooLong(t *testing.T, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, src, parser.ParseComments)
	if err != nil {
		return err
	}
	raw := map[int]bool{} // lines
	store := strings.HasPrefix(path, "../store/") && strings.Count(path, "/") == 2 && !strings.HasSuffix(path, "_test.go")
	ast.Inspect(f, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.BasicLit:
			if x.Kind == token.STRING && x.Value[0] == '`' {
				for line := files.Position(x.Pos()).Line; line <= files.Position(x.End()).Line; line++ {
					raw[line] = true
				}
			}
		case *ast.FuncDecl:
			if lines := files.Position(x.End()).Line - files.Position(x.Pos()).Line + 1; store && lines > longestFunction {
				t.Errorf("%s: %s has %d lines", path, x.Name.Name, lines)
			}
		}
		return true
	})
	for i, line := range bytes.Split(src, []byte("\n")) {
		if got := utf8.RuneCount(line); got > longestLine && !raw[i+1] {
			t.Errorf("%s:%d has %d characters", path, i+1, got)
		}
	}
	return nil
}
