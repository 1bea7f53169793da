// Package compose holds docker-compose.yml against the binary: no container
// engine is needed.
package compose

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/cli"
	"holdfast/serve"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const root = "../.."

// project reads the file as Compose does, with the settings of the example and
// a ledger.
func project(t *testing.T) *types.Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "deploy"), os.DirFS(filepath.Join(root, "deploy"))); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join(root, "deploy/holdfast.env.example"))
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Replace(string(example), "HOLDFAST_LEDGER_URL=", "HOLDFAST_LEDGER_URL=https://ledger.test/settlements", 1)
	if err := os.WriteFile(filepath.Join(dir, "deploy/holdfast.env"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

func load(t *testing.T, dir string) *types.Project {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "docker-compose.yml")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{WorkingDir: dir,
		ConfigFiles: []types.ConfigFile{{Filename: path}}, Environment: types.Mapping{}},
		func(o *loader.Options) { o.SetProjectName("holdfast", true) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every service of ours runs a command of the binary, in a role it has, with
// settings it knows, on the port and the health path that it serves.
func TestComposeMatchesTheBinary(t *testing.T) {
	p := project(t)
	roles := map[string]bool{}
	for name, s := range p.Services {
		if s.Image != "holdfast:latest" {
			continue
		}
		env := map[string]string{}
		for key, value := range s.Environment {
			if value == nil || !strings.HasPrefix(key, "HOLDFAST_") {
				continue
			}
			setting := strings.ToLower(strings.TrimPrefix(key, "HOLDFAST_"))
			if secret, ok := strings.CutSuffix(setting, "_file"); ok && strings.HasPrefix(*value, "/run/secrets/") {
				setting = secret
				source := strings.TrimPrefix(*value, "/run/secrets/")
				if !slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return c.Source == source }) {
					t.Errorf("%s: %s reads %s, which it is not given", name, key, *value)
				}
				if _, ok := p.Secrets[source]; !ok {
					t.Errorf("%s: there is no secret %s", name, source)
				}
			}
			if !slices.Contains(serve.Settings().Names(), setting) {
				t.Errorf("%s: %s is no setting", name, key)
			}
			env[setting] = *value
		}
		if code := cli.Main(append(slices.Clone([]string(s.Command)), "--help"), strings.NewReader(""), io.Discard, io.Discard); code != 0 {
			t.Errorf("%s: holdfast %v is no command", name, s.Command)
		}
		if s.Command[0] != "serve" {
			continue
		}
		role := s.Command[2]
		roles[role] = true
		if !slices.Contains(serve.Roles, role) {
			t.Errorf("%s: there is no role %s", name, role)
		}
		c := serve.Config{Roles: []string{role}, Database: env["database"], PublicURL: env["public_url"], LedgerURL: env["ledger_url"],
			LedgerSecret: env["ledger_secret"]}
		if err := c.Check(); err != nil {
			t.Errorf("%s would not start: %v", name, err)
		}
		_, port, _ := strings.Cut(env["listen"], ":")
		for _, published := range s.Ports {
			if port != "8080" || published.Target != 8080 {
				t.Errorf("%s listens on %s and publishes %d", name, port, published.Target)
			}
		}
		if test := s.HealthCheck.Test; !slices.Equal(test, []string{"CMD", "/holdfast", "health", "--url", "http://127.0.0.1:" + port}) {
			t.Errorf("%s: health check %v", name, test)
		}
		if s.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s does not wait for the migration", name)
		}
	}
	if len(roles) != len(serve.Roles) {
		t.Errorf("roles %v of %v", roles, serve.Roles)
	}
	for name, s := range p.Secrets {
		script, err := os.ReadFile(filepath.Join(root, "deploy/secrets.sh"))
		if err != nil || !written(string(script), name) {
			t.Errorf("deploy/secrets.sh does not write %s (%s): %v", name, s.File, err)
		}
	}
}

// written tells whether the script makes a secret's file.
func written(script, name string) bool {
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) > 1 && (words[0] == "once" && words[1] == name ||
			words[0] == "for" && slices.Contains(words, name) || slices.Contains(words, name+";")) {
			return true
		}
	}
	return false
}

// Before there are any settings the file can be read all the same: by ps, logs
// and down, in whatever shell.
func TestComposeNeedsNoEnvironment(t *testing.T) {
	load(t, t.TempDir())
}

// The example names every setting that is not the compose file's own, and no
// other, with what help says of it, and leaves what it does not set to its
// default. Secrets are files: in no container's environment.
func TestEverySettingIsInTheExample(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "deploy/holdfast.env.example"))
	if err != nil {
		t.Fatal(err)
	}
	said, last := map[string]string{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "#"), "="); ok && strings.HasPrefix(name, "HOLDFAST_") {
			said[strings.ToLower(strings.TrimPrefix(name, "HOLDFAST_"))] = strings.TrimPrefix(last, "# ")
		}
		last = line
	}
	given := map[string]bool{}
	for _, s := range project(t).Services {
		for key := range s.Environment {
			if setting, ok := strings.CutSuffix(key, "_FILE"); ok {
				given[strings.ToLower(strings.TrimPrefix(setting, "HOLDFAST_"))] = true
			}
		}
	}
	own := []string{"roles", "database", "listen", "temporal_address"}
	for _, x := range serve.Settings() {
		want := x.Text
		if x.Default != "" {
			want += " (" + x.Default + ")"
		}
		got, ok := said[x.Name]
		delete(said, x.Name)
		switch {
		case x.Secret && !given[x.Name]:
			t.Errorf("%s is a secret, and the compose file reads it from no file", x.Name)
		case x.Secret || slices.Contains(own, x.Name):
			if ok {
				t.Errorf("%s is the compose file's own, and stands in the example", x.Name)
			}
		case !ok:
			t.Errorf("%s is missing in the example", x.Name)
		case got != want:
			t.Errorf("%s: the example says %q, help %q", x.Name, got, want)
		}
	}
	for name := range said {
		t.Errorf("the example has %s, which is no setting", name)
	}
}

// One service builds; nothing is published but on this machine; what runs is
// bounded in memory and in its log, and ours waits for no Temporal.
func TestComposeIsBounded(t *testing.T) {
	builds := 0
	for name, s := range project(t).Services {
		if s.Build != nil {
			builds++
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q", name, p.Published, p.HostIP)
			}
		}
		if s.MemLimit == 0 || s.Logging == nil || s.Logging.Options["max-size"] == "" {
			t.Errorf("%s has no bound: memory %d, log %v", name, s.MemLimit, s.Logging)
		}
		if s.Image != "holdfast:latest" && name != "proxy" {
			continue
		}
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not sealed", name)
		}
		if s.Image == "holdfast:latest" && s.PullPolicy != types.PullPolicyNever {
			t.Errorf("%s may be pulled", name)
		}
		if _, waits := s.DependsOn["temporal"]; waits {
			t.Errorf("%s waits for Temporal", name)
		}
	}
	if builds != 1 {
		t.Errorf("%d services build one tag", builds)
	}
}

// The proxy sends sockets to the gateways and everything else to the API, and
// shows no metrics.
func TestProxyRoutes(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "deploy/proxy.conf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(b)), " ")
	for _, want := range []string{"location = /v1/app/ws { set $gateway gateway; proxy_pass http://$gateway:8080;",
		"location = /metrics { return 404; }",
		"location / { set $api api; proxy_pass http://$api:8080;"} {
		if !strings.Contains(text, want) {
			t.Errorf("the proxy lacks %s", want)
		}
	}
}

// The image is static and not root.
func TestDockerfile(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CGO_ENABLED=0", "USER nonroot:nonroot", "./cmd/holdfast", `ENTRYPOINT ["/holdfast"]`, "EXPOSE 8080"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the Dockerfile lacks %s", want)
		}
	}
}
