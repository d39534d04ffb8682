# An image that holds the program and nothing else, from source:
#
#   docker build -t ovnwalk .
#   docker run --rm -v "$PWD:/data:ro" ovnwalk trace --db /data/sb.db ...
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags='-s -w' -o /ovnwalk ./cmd/ovnwalk

FROM scratch
COPY --from=build /ovnwalk /ovnwalk
COPY LICENSE NOTICE /
USER 65534:65534
ENTRYPOINT ["/ovnwalk"]
