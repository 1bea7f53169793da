package layout

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Each secret belongs to the container's user that reads it and is closed to
// everybody else on the machine, whatever the umask; what is there stays. Only
// root can give a file away.
func TestSecretsAreClosed(t *testing.T) {
	owners := map[string]uint32{"database_owner_password": 0, "database_app_password": 999, "temporal_database_password": 1000}
	for _, umask := range []string{"077", "022", "000"} {
		t.Run(umask, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "deploy")
			if err := os.CopyFS(dir, os.DirFS("../deploy")); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(dir, "secrets")); err != nil { // of whoever runs this
				t.Fatal(err)
			}
			var was []byte
			for range 2 {
				out, err := exec.Command("bash", "-c", "umask "+umask+" && bash "+filepath.Join(dir,
					"secrets.sh")).CombinedOutput() //nolint:gosec // our own
				if os.Getuid() != 0 {
					if err == nil || !strings.Contains(string(out), "as root") {
						t.Fatalf("not as root: %v %s", err, out)
					}
					return
				}
				if err != nil {
					t.Fatalf("%v %s", err, out)
				}
				now, err := os.ReadFile(filepath.Join(dir, "secrets", "ledger_secret"))
				if err != nil || was != nil && string(was) != string(now) {
					t.Errorf("a secret changed: %v", err)
				}
				was = now
			}
			info, err := os.Stat(filepath.Join(dir, "secrets"))
			if err != nil || info.Mode().Perm()&0o077&^0o011 != 0 {
				t.Errorf("the directory is open: %v %v", info.Mode(), err)
			}
			files, err := fs.Glob(os.DirFS(filepath.Join(dir, "secrets")), "*")
			if err != nil || !slices.Equal(files, composed(t)) {
				t.Fatalf("%v, want %v: %v", files, composed(t), err)
			}
			for _, f := range files {
				info, err := os.Stat(filepath.Join(dir, "secrets", f))
				if err != nil {
					t.Fatal(err)
				}
				want, given := owners[f]
				if !given {
					want = 65532
				}
				if f == "revision" { // no secret: Compose reads it
					continue
				}
				if owner := info.Sys().(*syscall.Stat_t).Uid; info.Mode().Perm() != 0o400 || owner != want {
					t.Errorf("%s: %v of %d", f, info.Mode(), owner)
				}
			}
		})
	}
}

// composed are the files of deploy/secrets that the compose file reads.
func composed(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`deploy/secrets/(\w+)\b`).FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
