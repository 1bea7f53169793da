package facelink

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Vault seals pictures for the record (AES-256-GCM, through Tink).
type Vault struct{ aead tink.AEAD }

// OpenVault opens the key that a URI names: file:/path to a keyset as JSON that
// nobody else may read, or aws-kms://arn:… for a key of AWS's key service. A
// keyset may hold older keys: they open what they sealed.
func OpenVault(uri string) (*Vault, error) {
	if strings.HasPrefix(uri, awsScheme) {
		return openAWS(uri)
	}
	path, isFile := strings.CutPrefix(uri, "file:")
	if !isFile {
		return nil, errors.New("face_key: want file:/path or aws-kms://arn:…")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("face_key: %w", err)
	}
	if info.Mode()&(fs.ModeType|0o077) != 0 {
		return nil, errors.New("face_key: others may read that file; chmod 600")
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("face_key: %w", err)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return nil, errors.New("face_key: the file is no keyset of Tink's in JSON (holdfast keys face makes one)")
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, errors.New("face_key: the keyset is not for AEAD")
	}
	return &Vault{a}, nil
}

// NewKeyset makes a keyset with one new key, as JSON.
func NewKeyset() ([]byte, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&out))
	return out.Bytes(), err
}

// Seal encrypts a picture. of says what it belongs to: it opens for nothing
// else.
func (v *Vault) Seal(picture []byte, of string) ([]byte, error) {
	return v.aead.Encrypt(picture, []byte(of))
}

// Open decrypts one.
func (v *Vault) Open(sealed []byte, of string) ([]byte, error) {
	return v.aead.Decrypt(sealed, []byte(of))
}
