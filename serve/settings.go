package serve

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Setting is one setting, as people set it.
type Setting struct {
	Name    string
	Part    string // of the list, where one begins
	Text    string // what it is
	Default string // empty: none
	Secret  bool   // HOLDFAST_<NAME>_FILE reads it from a file
	Between string // what stands between the values of a list, in the environment
}

// SettingList is every setting, in the order of Config's fields.
type SettingList []Setting

// Settings gives every setting.
func Settings() (out SettingList) {
	config := reflect.TypeFor[Config]()
	for i := range config.NumField() {
		field := config.Field(i)
		tag := field.Tag
		name := tag.Get("koanf")
		if name == "" || name == "-" {
			continue
		}
		x := Setting{Name: name, Part: tag.Get("part"), Text: tag.Get("text"), Default: tag.Get("default"), Secret: tag.Get("secret") != "",
			Between: tag.Get("between")}
		if field.Type.Kind() == reflect.Slice && x.Between == "" {
			x.Between = ", "
		}
		if x.Between != "" {
			x.Between += "\n"
		}
		out = append(out, x)
	}
	return out
}

// Names are the settings' names.
func (l SettingList) Names() (out []string) {
	for _, x := range l {
		out = append(out, x.Name)
	}
	return out
}

// find gives a setting; one without a name where there is none.
func (l SettingList) find(name string) Setting {
	if i := slices.IndexFunc(l, func(x Setting) bool { return x.Name == name }); i >= 0 {
		return l[i]
	}
	return Setting{}
}

// helpWidth is how wide help's text column is.
const helpWidth = 56

// Help tells of every setting: its name, * for a secret, what it is, its default.
func (l SettingList) Help() string {
	var b strings.Builder
	for _, x := range l {
		if x.Part != "" {
			fmt.Fprintf(&b, "\n%s:\n", x.Part)
		}
		name := x.Name
		if x.Secret {
			name += "*"
		}
		text := x.Text
		if x.Default != "" {
			text += " (" + x.Default + ")"
		}
		for _, line := range wrap(text, helpWidth) {
			fmt.Fprintf(&b, "  %-20s%s\n", name, line)
			name = ""
		}
	}
	return b.String()
}

// wrap breaks a text at blanks into lines of a width.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line+" "+word)) > width {
			lines, line = append(lines, line), word
			continue
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
