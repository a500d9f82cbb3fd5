# weir: `make help` lists what there is. Only cargo, node (20 or newer) and npm are needed; each is checked.

CARGO ?= cargo
NPM ?= npm
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/test-results -prune -o -type f -print 2>/dev/null)

TARGET = $${CARGO_TARGET_DIR:-target}
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

.DEFAULT_GOAL := help
.PHONY: help image run test check bench e2e e2e-cluster fuzz crash web build clean tools

help: ## Lists the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: build ## Builds weir and runs it: UI and API on 127.0.0.1:9090, dashboards on 127.0.0.1:3000, data in ./weir-data
	@exec "$(TARGET)/release/weir" up

build: tools web ## Builds the release binary with its web pages
	$(CARGO) build --release --locked --package weir

image: tools web ## Builds the binary of the container image, which needs nothing beside it, into target/image
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --release --locked --package weir --target "$(HOST)"
	@mkdir -p "$(TARGET)/image" && cp "$(TARGET)/$(HOST)/release/weir" "$(TARGET)/image/weir"
	@echo "then: podman build -f deploy/Containerfile -t weir:latest $(TARGET)/image"

test: tools web ## All fast suites: Rust, web
	$(CARGO) test --workspace --locked
	cd web && $(NPM) test

check: tools web/node_modules ## Format, lints, tidy, licences, types
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask tidy
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --log-level error check licenses bans sources; \
	else echo "skipped: cargo-deny is not installed (cargo install cargo-deny --locked)"; fi
	@scripts/advisories
	cd web && $(NPM) run check

e2e: build ## The main job on recordings of real control planes, in a real browser (needs Chromium)
	@scripts/e2e

e2e-cluster: build ## Weir against a real kube-apiserver (built from the Go module proxy, 6 minutes the first time)
	@scripts/e2e-cluster

crash: build ## kill -9 in the middle of scraping, 50 rounds
	@scripts/crash

fuzz: tools ## Each fuzz target for FUZZ_SECONDS (20)
	@scripts/fuzz

bench: build ## Compares with a real Prometheus; writes docs/benchmarks.md
	@scripts/bench
	@scripts/bench-cluster

web: web/dist/index.html ## Builds the web pages

web/node_modules: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules $(WEB_SOURCES)
	cd web && $(NPM) run build
	@touch $@

clean: ## Removes what was built; keeps ./weir-data
	rm -rf target web/dist web/node_modules fuzz/target

tools:
	@command -v $(CARGO) >/dev/null || { echo "missing: cargo (Rust $$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)); install it with rustup"; exit 1; }
	@command -v node >/dev/null || { echo "missing: node, version 20 or newer (Debian: apt-get install nodejs npm)"; exit 1; }
	@command -v $(NPM) >/dev/null || { echo "missing: npm, which comes with node"; exit 1; }
	@node -e 'const v=+process.versions.node.split(".")[0]; if (v<20) { console.error("node "+process.versions.node+" is too old: 20 or newer is needed"); process.exit(1) }'
	@command -v cc >/dev/null || { echo "missing: a C compiler, for zstd and ring (Debian: apt-get install build-essential)"; exit 1; }
