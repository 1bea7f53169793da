package api

//go:generate env GOWORK=off go tool -modfile=../tools/go.mod oapi-codegen -config gen/config.yaml openapi.yaml
//go:generate env GOWORK=off go tool -modfile=../tools/go.mod oapi-codegen -config client/config.yaml openapi.yaml
