# What a developer of ovnwalk runs. `make` alone lists it.

GO            ?= go
FUZZTIME      ?= 60s
NETWORKS      ?= 20
FLOWS         ?= 100
CONNECTIONS   ?= 30
PACKETS       ?= 500
ZONES         ?= 6
COUNT         ?= 6
BENCH         ?= .

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GORELEASER    := github.com/goreleaser/goreleaser/v2@v2.14.3
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
PLATFORMS     := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: build
build: ## build bin/ovnwalk as it is released
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ovnwalk ./cmd/ovnwalk

.PHONY: install
install: ## install ovnwalk where go install puts programs
	$(GO) install ./cmd/ovnwalk

.PHONY: check
check: lint test ## what must pass before a change is sent

.PHONY: lint
lint: ## gofumpt, go vet, staticcheck and the rest of .golangci.yml; merge markers
	@! git grep -nE '^(<<<<<<<|>>>>>>>)( |$$)'
	$(GO) run $(GOLANGCI_LINT) run

.PHONY: format
format: ## write the source as gofumpt has it
	$(GO) run $(GOLANGCI_LINT) fmt

.PHONY: test
test: ## all tests; those that need OVN are skipped where it is missing
	$(GO) test ./...

.PHONY: browser
browser: ## open the pages in Chromium
	cd internal/browsertest && OVNWALK_REQUIRE_BROWSER=1 $(GO) test ./...

.PHONY: manifests
manifests: ## check the manifests of deploy/ against the Kubernetes API
	cd internal/kubetest && $(GO) test ./...

.PHONY: race
race: ## all tests with the race detector
	$(GO) test -race -timeout 20m ./...

.PHONY: cover
cover: ## which lines the tests reach: cover.out and cover.html
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./...
	$(GO) tool cover -func=cover.out | tail -1
	$(GO) tool cover -html=cover.out -o cover.html

.PHONY: bench
bench: ## benchmarks, for benchstat: make bench >new.txt
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME each; make fuzz RECORD=1 writes docs/fuzzing.md
	scripts/fuzz $(if $(RECORD),--record) $(FUZZTIME)

.PHONY: differential
differential: ## compare with the installed ovn-trace: NETWORKS random networks, FLOWS microflows each; and sets of PACKETS with single walks
	OVNWALK_REQUIRE_OVN=1 OVNWALK_DIFF_NETWORKS=$(NETWORKS) OVNWALK_DIFF_FLOWS=$(FLOWS) \
		$(GO) test -count=1 -timeout 60m -run '^TestDifferential' -v ./internal/lab
	OVNWALK_REQUIRE_OVN=1 OVNWALK_REACH_NETWORKS=$(NETWORKS) OVNWALK_REACH_PACKETS=$(PACKETS) \
		$(GO) test -count=1 -timeout 60m -run '^Test(RandomNetworks|PacketsOfClassHaveItsEnd|PacketsAcrossZones|ArrivingPacketsAreInBound|BoundChangesNoAnswer|Pairs.*)$$' -v ./internal/reach/...

.PHONY: wire
wire: ## compare with real chassis: NETWORKS random networks, ZONES of several zones, CONNECTIONS connections each
	OVNWALK_REQUIRE_OVN=1 OVNWALK_WIRE_NETWORKS=$(NETWORKS) OVNWALK_WIRE_ZONES=$(ZONES) OVNWALK_WIRE_CONNECTIONS=$(CONNECTIONS) \
		$(GO) test -count=1 -timeout 60m -run '^TestRandom' -v ./internal/wirelab

.PHONY: update
update: ## write goldens and generated documents anew; read the difference before you commit it
	$(GO) test ./internal/archtest ./internal/cli ./internal/coverage ./internal/explain ./internal/render/tracegraph ./internal/suite ./internal/vet ./tracejson ./verdict -update
	$(GO) test ./internal/docs -update

.PHONY: cross
cross: ## build for every platform that is released
	@set -e; for p in $(PLATFORMS); do \
		echo $$p; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -o /dev/null ./cmd/ovnwalk; \
	done

.PHONY: snapshot
snapshot: ## archives, .deb and .rpm of this commit in dist/, without publishing
	$(GO) run $(GORELEASER) release --snapshot --clean --skip=docker

.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities that the program can reach; needs https://vuln.go.dev
	$(GO) run $(GOVULNCHECK) ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist cover.out cover.html
