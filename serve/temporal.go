package serve

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"holdfast/outbound"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"
)

// readTemporal fills in what our own settings leave open: from Temporal's own
// (TEMPORAL_ADDRESS, TEMPORAL_TLS_CLIENT_CERT_PATH, …, and its temporal.toml),
// else with a server on this machine.
func (c *Config) readTemporal() error {
	o, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return fmt.Errorf("the settings of Temporal's own (TEMPORAL_…, temporal.toml): %w", err)
	}
	c.temporalBase = o
	c.TemporalAddress = or(c.TemporalAddress, o.HostPort, "127.0.0.1:7233")
	c.TemporalNamespace = or(c.TemporalNamespace, o.Namespace, "default")
	return nil
}

func or(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// temporalOptions say how Temporal is reached. Any one setting of TLS or a key
// means TLS, by ours alone.
func (c Config) temporalOptions(log sdklog.Logger) (client.Options, error) {
	o := c.temporalBase
	o.HostPort, o.Namespace, o.Logger = c.TemporalAddress, c.TemporalNamespace, log
	o.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{} // our messages are small, and Temporal is near
	if c.TemporalAPIKey != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(c.TemporalAPIKey)
	}
	if !c.TemporalTLS && c.TemporalCAFile == "" && c.TemporalCertFile == "" && c.TemporalKeyFile == "" && c.TemporalAPIKey == "" &&
		c.TemporalServer == "" {
		if t := o.ConnectionOptions.TLS; t != nil && t.RootCAs == nil {
			roots, err := outbound.ReadRoots(c.CAFile)
			if err != nil {
				return o, err
			}
			t = t.Clone()
			t.RootCAs = roots
			o.ConnectionOptions.TLS = t
		}
		return o, nil
	}
	roots, err := c.temporalRoots()
	if err != nil {
		return o, err
	}
	o.ConnectionOptions.TLSDisabled = false
	o.ConnectionOptions.TLS = &tls.Config{RootCAs: roots, ServerName: c.TemporalServer, MinVersion: tls.VersionTLS12}
	if c.TemporalCertFile == "" && c.TemporalKeyFile == "" {
		return o, nil
	}
	own, err := tls.LoadX509KeyPair(c.TemporalCertFile, c.TemporalKeyFile)
	if err != nil {
		return o, fmt.Errorf("temporal_cert_file and temporal_key_file: %w", err)
	}
	o.ConnectionOptions.TLS.Certificates = []tls.Certificate{own}
	return o, nil
}

// temporalFault names the setting where Temporal's certificate is not believed:
// gRPC passes on the words alone.
func temporalFault(err error) error {
	if strings.Contains(err.Error(), "certificate signed by unknown authority") {
		return fmt.Errorf("%w: name the authority's file in temporal_ca_file or ca_file", err)
	}
	return err
}

func (c Config) temporalRoots() (*x509.CertPool, error) {
	if c.TemporalCAFile == "" {
		return outbound.ReadRoots(c.CAFile)
	}
	b, err := os.ReadFile(c.TemporalCAFile)
	if err != nil {
		return nil, fmt.Errorf("temporal_ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("temporal_ca_file: has no certificate in PEM")
	}
	return pool, nil
}
