# Everything a person types. Each target sets itself up from a fresh clone: a Rust toolchain, Python 3.11 with pip and
# venv, make and gcc are enough.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
MATURIN := maturin==1.16.0
WHEELS := out/wheels

.PHONY: help demo capi-example suricata-test test test-rust test-python lint deny sbom release wheel-twice semver docs coverage bench bench-compare instructions instructions-refresh corpus fuzz-smoke fuzz clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/ready: python/requirements-test.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(MATURIN)
	touch $@

demo: $(VENV)/ready ## build, install into .venv, and read the demo capture
	rm -rf $(WHEELS)
	$(BIN)/maturin build --quiet --release --manifest-path python/Cargo.toml --out $(WHEELS)
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps $(WHEELS)/fieldtap-*.whl
	$(BIN)/fieldtap summary corpus/demo.pcapng
	$(BIN)/python -c 'import fieldtap; capture = fieldtap.read("corpus/demo.pcapng"); print(capture)'

capi-example: ## build the small IDS in C, and run it on the demo capture
	cargo build --quiet --release -p fieldtap-capi
	mkdir -p out
	gcc -std=c11 -O2 -Wall -Wextra -Werror -Icapi/include capi/examples/ids.c \
	    "$${CARGO_TARGET_DIR:-target}/release/libfieldtap_capi.a" -lpthread -ldl -lm -o out/ids
	out/ids corpus/demo.pcapng --table common

suricata-test: ## the plugin in a Suricata of its own (wants root and a mirror of Debian)
	plugins/suricata/test/run.sh

test: test-rust test-python ## pass all tests, Rust and Python

test-rust:
	cargo test --workspace --exclude fieldtap-python

test-python: $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -r python/requirements-test.txt
	rm -rf $(WHEELS)
	$(BIN)/maturin build --quiet --manifest-path python/Cargo.toml --out $(WHEELS)
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps $(WHEELS)/fieldtap-*.whl
	$(BIN)/python -m pytest -q python/tests

lint: $(VENV)/ready ## formatting and lints
	$(BIN)/pip install --quiet --disable-pip-version-check -r python/requirements-test.txt
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --exclude '*.md' .

# Each is a workspace of its own.
OTHERS := fuzz fuzz/afl plugins/suricata
deny: ## licences and sources of what is depended upon, and what is known against it
	cargo deny check bans licenses sources
	for folder in $(OTHERS); do \
	    cargo deny --manifest-path $$folder/Cargo.toml check --allow unmatched-skip bans licenses sources; \
	done
	@if cargo deny fetch db 2>/dev/null; then \
	    for folder in . $(OTHERS); do cargo deny --manifest-path $$folder/Cargo.toml check advisories; done; \
	else \
	    echo "skipped: advisories, since the database of RustSec cannot be fetched"; \
	fi

docs: ## the book and the API documentation, without warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --exclude fieldtap-python
	cargo xtask docs --check
	if command -v mdbook >/dev/null; then mdbook build docs; else echo "skipped: mdbook is not installed (cargo install mdbook)"; fi

sbom: ## what is inside the command, the wheel and the C library, as CycloneDX into out/sbom
	mkdir -p out/sbom
	for crate in cli python capi; do \
	    cargo cyclonedx --quiet --manifest-path $$crate/Cargo.toml --format json --spec-version 1.5 \
	        --override-filename sbom --no-build-deps; \
	    mv $$crate/sbom.json out/sbom/$$crate.cdx.json; \
	    rm -f */sbom.json; \
	done
	ls -l out/sbom

# Optimised by what the command does with the corpus. The C library has no third type of crate here, or it would be without
# optimisation across crates, and what is counted would not be found in it.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
RELEASED = $${CARGO_TARGET_DIR:-target}/$(HOST)/release
release: $(VENV)/ready ## the command, the C library and the wheel as they are published, into out/release
	rm -rf out/release
	mkdir -p out/release/include
	benches/profile.sh out/release.profdata
	export RUSTFLAGS="-Cprofile-use=$(CURDIR)/out/release.profdata"; \
	cargo build --quiet --release --locked -p fieldtap-cli --target $(HOST); \
	cargo rustc --quiet --release --locked -p fieldtap-capi --crate-type staticlib,cdylib --target $(HOST); \
	$(BIN)/maturin build --quiet --release --locked --target $(HOST) --manifest-path python/Cargo.toml --out out/release
	cp "$(RELEASED)/fieldtap" "$(RELEASED)/libfieldtap_capi.a" "$(RELEASED)/libfieldtap_capi.so" out/release
	cp capi/include/*.h out/release/include
	ls -l out/release

wheel-twice: $(VENV)/ready ## build the wheel in two places, and compare the octets
	BIN="$(CURDIR)/$(BIN)" python/twice.sh

BASE ?= HEAD~1
semver: ## what would break users since BASE, of the crates that others embed
	cargo semver-checks --baseline-rev $(BASE) -p fieldtap -p fieldtap-capture -p fieldtap-pipeline -p fieldtap-export -p fieldtap-analysis

coverage: ## lines of the core that tests and fuzz targets run, into docs/src/coverage.md
	fuzz/coverage.py --lines

bench: ## each stage by itself
	cargo bench -p fieldtap-benches --bench stages

bench-compare: $(VENV)/bench-ready release ## what is published beside all peers that are there, into benches/results
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps out/release/fieldtap-*.whl
	$(BIN)/python benches/compare.py --fieldtap out/release/fieldtap $(COMPARE)

$(VENV)/bench-ready: $(VENV)/ready benches/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r benches/requirements.txt \
	    || echo "skipped: the Python peers cannot be installed"
	touch $@

instructions: ## instructions of each stage and protocol, beside benches/instructions.tsv
	benches/instructions.py

instructions-refresh: ## write benches/instructions.tsv anew
	benches/instructions.py --refresh

corpus: ## make the captures again (wants root)
	corpus/make/all.sh

fuzz-smoke: ## every fuzz target for a moment
	fuzz/smoke.sh

fuzz: ## every fuzz target for long
	fuzz/run.sh

clean: ## remove what was built
	cargo clean
	rm -rf $(VENV) out
