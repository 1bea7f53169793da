package facelink_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast/channels/facelink"
)

const awsKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// keyService speaks AWS KMS's protocol as its API reference has it: JSON 1.1, a
// target header, a signature of version 4, at most 4,096 bytes to encrypt, and an
// encryption context that has to be the same to decrypt.
func keyService(t *testing.T) (url string, calls *atomic.Int64) {
	t.Helper()
	block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	calls = &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		refuse := func(kind string) {
			w.Header().Set("X-Amzn-ErrorType", kind)
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind})
		}
		var in struct {
			KeyID             string `json:"KeyId"`
			Plaintext         []byte
			CiphertextBlob    []byte
			EncryptionContext map[string]string
		}
		signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") &&
			strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/kms/aws4_request")
		switch err := json.NewDecoder(r.Body).Decode(&in); {
		case err != nil, r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
			refuse("SerializationException")
			return
		case !signed:
			refuse("IncompleteSignature")
			return
		case in.KeyID != awsKey:
			refuse("NotFoundException")
			return
		}
		context, _ := json.Marshal(in.EncryptionContext)
		out := map[string]any{"KeyId": in.KeyID, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.Encrypt":
			if len(in.Plaintext) == 0 || len(in.Plaintext) > 4096 {
				refuse("ValidationException")
				return
			}
			out["CiphertextBlob"] = gcm.Seal(nil, make([]byte, gcm.NonceSize()), in.Plaintext, context)
		case "TrentService.Decrypt":
			plain, err := gcm.Open(nil, make([]byte, gcm.NonceSize()), in.CiphertextBlob, context)
			if err != nil {
				refuse("InvalidCiphertextException")
				return
			}
			out["Plaintext"] = plain
		default:
			refuse("UnknownOperationException")
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, calls
}

// A key of AWS's key service seals a picture of 2 MiB, for what it belongs to
// alone; a key that is not there, or no service, is told as the process starts.
func TestVaultOfAWS(t *testing.T) {
	url, calls := keyService(t)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL_KMS": url, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	v, err := facelink.OpenVault("aws-kms://" + awsKey)
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 2 {
		t.Errorf("the trial took %d calls, want 2", calls.Load())
	}
	picture := bytes.Repeat([]byte("picture "), 2<<20/8)
	sealed, err := v.Seal(picture, "frame chal_1 1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("picture picture")) {
		t.Error("it is not sealed")
	}
	opened, err := v.Open(sealed, "frame chal_1 1")
	if err != nil || !bytes.Equal(opened, picture) {
		t.Errorf("it does not open: %v", err)
	}
	if _, err := v.Open(sealed, "frame chal_1 2"); err == nil {
		t.Error("it opens for something else")
	}
	for what, uri := range map[string]string{"another key": "aws-kms://" + strings.Replace(awsKey, "1234abcd", "00000000", 1),
		"no key":          "aws-kms://here",
		"another service": "aws-kms://arn:aws:s3:eu-central-1:111122223333:key/1", "another scheme": "vault://key"} {
		if _, err := facelink.OpenVault(uri); err == nil || !strings.HasPrefix(err.Error(), "face_key: ") {
			t.Errorf("%s: %v", what, err)
		}
	}
	t.Setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
	if _, err := facelink.OpenVault("aws-kms://" + awsKey); err == nil {
		t.Error("no service, and no fault")
	}
}
