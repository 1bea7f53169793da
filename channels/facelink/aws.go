package facelink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/aead"
)

const (
	awsScheme   = "aws-kms://"
	awsPatience = 5 * time.Second
	awsTries    = 2
)

// openAWS opens a key of AWS's key service, with the credentials and endpoints
// that AWS's tools find in the environment. Each picture has a key of its own,
// which the service seals: it takes at most 4 KiB itself. The key is tried at
// once, so that a process that cannot seal does not start.
func openAWS(uri string) (*Vault, error) {
	key, err := arn.Parse(strings.TrimPrefix(uri, awsScheme))
	if err != nil || key.Service != "kms" {
		return nil, errors.New("face_key: want aws-kms://arn:aws:kms:region:account:key/id")
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(key.Region), config.WithRetryMaxAttempts(awsTries),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(awsPatience)))
	if err != nil {
		return nil, fmt.Errorf("face_key: AWS's settings: %w", err)
	}
	client, err := awskms.NewClientWithOptions(context.Background(), uri, awskms.WithKMS(kms.NewFromConfig(cfg)))
	if err != nil {
		return nil, fmt.Errorf("face_key: %w", err)
	}
	remote, err := client.GetAEAD(uri)
	if err != nil {
		return nil, fmt.Errorf("face_key: %w", err)
	}
	v := &Vault{aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), remote)}
	sealed, err := v.Seal(nil, "trial")
	if err == nil {
		_, err = v.Open(sealed, "trial")
	}
	if err != nil {
		return nil, fmt.Errorf("face_key: the key service does not seal and open with that key: %w", err)
	}
	return v, nil
}
