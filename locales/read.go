package locales

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Finding is one thing that a file says wrongly, or lacks.
type Finding struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Key  string `json:"key,omitempty"`
	What string `json:"what"`
	// Fault: nothing of the directory is used. Otherwise a sentence is said in the next
	// locale of the chain.
	Fault bool `json:"fault"`
}

func (f Finding) String() string {
	s := f.File
	if f.Line > 0 {
		s += fmt.Sprintf(":%d", f.Line)
	}
	if f.Key != "" {
		s += ": " + f.Key
	}
	return s + ": " + f.What
}

type place struct {
	file string
	line int
}

func (p place) fault(key, format string, a ...any) Finding {
	return Finding{File: p.file, Line: p.line, Key: key, What: fmt.Sprintf(format, a...), Fault: true}
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// Load reads a bank's directory over what is built in, and says all that is wrong with
// it. The set may be used when no finding is a fault.
func Load(dir string) (*Set, []Finding, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, nil, fmt.Errorf("locales: %s is no directory", dir)
	}
	own, found, err := read(os.DirFS(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("locales: %w", err)
	}
	all := &Set{texts: map[string]map[string]Message{}}
	for tag, texts := range Builtin().texts {
		all.texts[tag] = maps.Clone(texts)
	}
	for tag, texts := range own.texts {
		if all.texts[tag] == nil {
			all.texts[tag] = map[string]Message{}
		}
		maps.Copy(all.texts[tag], texts)
	}
	all.linked()
	for _, tag := range own.Tags() {
		found = append(found, all.check(tag, own.texts[tag])...)
	}
	return all, found, nil
}

// read reads each folder's files.
func read(dir fs.FS) (*Set, []Finding, error) {
	s, found := &Set{texts: map[string]map[string]Message{}}, []Finding{}
	tags, err := folders(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, folder := range tags {
		tag, err := language.Parse(folder)
		if err != nil || tag.IsRoot() {
			found = append(found, place{file: folder}.fault("", "is no locale of BCP 47, such as de or pt-BR"))
			continue
		} else if tag.String() != folder {
			found = append(found, place{file: folder}.fault("", "write it %s", tag))
			continue
		}
		entries, err := fs.ReadDir(dir, folder)
		if err != nil {
			return nil, nil, err
		}
		s.texts[folder] = map[string]Message{}
		for _, e := range entries {
			name, isJSON := strings.CutSuffix(e.Name(), ".json")
			at := path.Join(folder, e.Name())
			switch {
			case !isJSON || strings.HasPrefix(name, "."):
			case !slices.Contains(names, name):
				found = append(found, place{file: at}.fault("", "no such file: they are %s.json", strings.Join(names, ".json, ")))
			default:
				b, err := readFile(dir, at)
				if err != nil {
					return nil, nil, err
				}
				found = append(found, parse(at, name, b, s.texts[folder])...)
			}
		}
	}
	return s, found, nil
}

func readFile(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(b) > maxFile {
		err = fmt.Errorf("%s: is larger than %d bytes", name, maxFile)
	}
	return b, errors.Join(err, f.Close())
}

// parse reads one object of sentences. JSON lets a key stand twice, and we do not.
func parse(at, name string, b []byte, into map[string]Message) (found []Finding) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(b))
	here := func() place { return place{at, 1 + bytes.Count(b[:d.InputOffset()], []byte("\n"))} }
	broken := func(err error) []Finding {
		return append(found, here().fault("", "this is no JSON that we read: %v", err))
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return append(found, here().fault("", "must be one JSON object, of keys and sentences"))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return broken(err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return broken(err)
		}
		m, full := Message{at: here()}, name+"."+key.(string)
		if json.Unmarshal(raw, &m.Text) != nil || raw[0] != '"' {
			if json.Unmarshal(raw, &m.Forms) != nil || m.Forms == nil {
				found = append(found, m.at.fault(full, "must be a sentence, or an object of plural forms"))
				continue
			}
			m.Text = m.Forms["other"]
		}
		if _, twice := into[full]; twice {
			found = append(found, m.at.fault(full, "stands twice"))
		}
		into[full] = m
	}
	if _, err := d.Token(); err != nil {
		return broken(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return append(found, here().fault("", "something follows the object"))
	}
	return found
}
