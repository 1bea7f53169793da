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

func project(t *testing.T) *types.Project {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	p, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "docker-compose.yml")}},
		Environment: types.Mapping{"LEDGER_URL": "https://ledger.test/settlements"}}, func(o *loader.Options) { o.SetProjectName("holdfast", true) })
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
			setting := strings.ToLower(strings.TrimPrefix(key, "HOLDFAST_"))
			if secret, ok := strings.CutSuffix(setting, "_file"); ok && setting != "policy_file" {
				setting = secret
				source := strings.TrimPrefix(*value, "/run/secrets/")
				if !slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return c.Source == source }) {
					t.Errorf("%s: %s reads %s, which it is not given", name, key, *value)
				}
				if _, ok := p.Secrets[source]; !ok {
					t.Errorf("%s: there is no secret %s", name, source)
				}
			}
			if !slices.Contains(serve.Settings(), setting) {
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
		c := serve.Config{Roles: []string{role}, Database: env["database"], PublicURL: env["public_url"], LedgerURL: env["ledger_url"], LedgerSecret: env["ledger_secret"]}
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
		if err != nil || !strings.Contains(string(script), "once "+name+" ") {
			t.Errorf("deploy/secrets.sh does not write %s (%s): %v", name, s.File, err)
		}
	}
}

// Without the ledger's address nothing starts: nobody would hear of the
// decisions.
func TestComposeNeedsALedger(t *testing.T) {
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	_, err = loader.LoadWithContext(context.Background(), types.ConfigDetails{WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "docker-compose.yml")}}},
		func(o *loader.Options) { o.SetProjectName("holdfast", true) })
	if err == nil || !strings.Contains(err.Error(), "LEDGER_URL") {
		t.Errorf("%v", err)
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
