package layout

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The secrets of the containers are closed to everybody else on the machine,
// whatever the umask, and what is there stays.
func TestSecretsAreClosed(t *testing.T) {
	for _, umask := range []string{"077", "022", "000"} {
		dir := t.TempDir()
		script, err := os.ReadFile("../deploy/secrets.sh")
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "secrets.sh")
		if err := os.WriteFile(name, script, 0o600); err != nil {
			t.Fatal(err)
		}
		var was []byte
		for range 2 {
			if out, err := exec.Command("bash", "-c", "umask "+umask+" && bash "+name).CombinedOutput(); err != nil { //nolint:gosec // our own
				t.Fatalf("umask %s: %v %s", umask, err, out)
			}
			now, err := os.ReadFile(filepath.Join(dir, "secrets", "ledger_secret"))
			if err != nil || was != nil && string(was) != string(now) {
				t.Errorf("umask %s: a secret changed: %v", umask, err)
			}
			was = now
		}
		info, err := os.Stat(filepath.Join(dir, "secrets"))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("umask %s: the directory is open: %v %v", umask, info.Mode(), err)
		}
		files, err := os.ReadDir(filepath.Join(dir, "secrets"))
		if err != nil || len(files) != 9 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, f := range files { // each is mounted by itself, and read by the container's user
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("umask %s: %s: %v %v", umask, f.Name(), info.Mode(), err)
			}
		}
	}
}
