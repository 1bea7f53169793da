FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOWORK=off go build -trimpath -buildvcs=false -ldflags="-s -w" -o /holdfast ./cmd/holdfast

# A static binary, certificates and nothing else; not root.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /holdfast /holdfast
USER nonroot:nonroot
EXPOSE 8080
ENTRYPOINT ["/holdfast"]
CMD ["serve"]
