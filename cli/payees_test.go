package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast/store/storetest"
)

// An operator's lists: a whole one or none, and the one before stands.
func TestPayeeLists(t *testing.T) {
	t.Setenv("HOLDFAST_DATABASE", storetest.SQLiteURL(t))
	const head, good = "account,ref,category,strength\n", "DE89370400440532013000,m-1,mule_confirmed,confirmed\n"
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	holdfast("", "payees", "import", "own", file(head+good)).want(t, 2, "payee_keys")
	t.Setenv("HOLDFAST_PAYEE_KEYS", "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	holdfast("", "payees", "lists").want(t, 0, "There is none")
	holdfast("", "payees", "import", "OWN", file(head+good)).want(t, 2, "LIST")
	holdfast("", "payees", "import", "own", "nowhere.csv").want(t, 2, "cannot be opened")
	holdfast(head+good, "payees", "import", "own", "-").want(t, 0, "own is in force with 1 lines")
	holdfast("", "payees", "import", "own", file(head+good+"x,y,z,confirmed\n")).want(t, 1, "line 3: category", "the one before stands")
	holdfast("", "payees", "import", "own", file(head+good+good)).want(t, 1, "twice", "the list before stands")
	holdfast("", "payees", "lists").want(t, 0, "own", "1", "one")
	holdfast("", "payees", "import", "own", file(head+good+"GB82WEST12345698765432,m-2,scam_job,reported\n"), "--json").want(t, 0, `"lines": 2`)
	holdfast("", "payees", "lists", "--json").want(t, 0, `"lines": 2`)
	// Half of them are enough, none or fewer are not.
	const second, third = "GB82WEST12345698765432,m-2,scam_job,reported\n", "NL91ABNA0417164300,m-3,scam_job,reported\n"
	holdfast(head+good+second+third, "payees", "import", "own", "-").want(t, 0, "3 lines")
	holdfast(head+good, "payees", "import", "own", "-").want(t, 1, "has 1 lines", "in force 3", "--shrink")
	holdfast(head, "payees", "import", "own", "-").want(t, 1, "--shrink")
	holdfast(head, "payees", "import", "new", "-").want(t, 1, "--shrink")
	holdfast(head+good+second, "payees", "import", "own", "-").want(t, 0, "2 lines")
	holdfast(head, "payees", "import", "own", "-", "--shrink").want(t, 0, "own is in force with 0 lines")
	holdfast("", "payees", "lists").want(t, 0, "the bank")
	holdfast(head+good, "payees", "import", "warnings", "-", "--public", "--json").want(t, 0, `"public": true`)
	holdfast("", "payees", "lists").want(t, 0, "customers, too")
	holdfast("", "payees", "categories").want(t, 0, "mule_confirmed")
}
