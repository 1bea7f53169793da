package layout

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	longestLine     = 140 // characters
	longestFunction = 60  // lines, of the store's own
	longestTest     = 80  // lines, of its tests' functions
)

// statement is how one of SQL begins.
var statement = regexp.MustCompile("^`\\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH) ")

// A line of code fits a page, but for what cannot be wrapped, which is a field's tag, and
// what a test has in a raw string that is no statement: a script, a page, a document. A
// function of the store can be read at once, and so can one that tests it.
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
	long := map[int]bool{} // lines
	store, test := strings.HasPrefix(path, "../store/") && strings.Count(path, "/") == 2, strings.HasSuffix(path, "_test.go")
	ast.Inspect(f, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.Field:
			if x.Tag != nil {
				excuse(long, files, x.Tag)
			}
		case *ast.BasicLit:
			if test && x.Kind == token.STRING && x.Value[0] == '`' && !statement.MatchString(x.Value) {
				excuse(long, files, x)
			}
		case *ast.FuncDecl:
			longest := map[bool]int{false: longestFunction, true: longestTest}[test]
			if lines := files.Position(x.End()).Line - files.Position(x.Pos()).Line + 1; store && lines > longest {
				t.Errorf("%s: %s has %d lines", path, x.Name.Name, lines)
			}
		}
		return true
	})
	for i, line := range bytes.Split(src, []byte("\n")) {
		if got := utf8.RuneCount(line); got > longestLine && !long[i+1] {
			t.Errorf("%s:%d has %d characters", path, i+1, got)
		}
	}
	return nil
}

// excuse lets the lines of a string be as long as they are.
func excuse(long map[int]bool, files *token.FileSet, x *ast.BasicLit) {
	for line := files.Position(x.Pos()).Line; line <= files.Position(x.End()).Line; line++ {
		long[line] = true
	}
}
