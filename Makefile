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

.PHONY: help demo capi-example suricata-test test test-rust test-python lint docs bench corpus fuzz-smoke fuzz clean

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

docs: ## the book and the API documentation, without warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --exclude fieldtap-python
	cargo xtask docs --check
	if command -v mdbook >/dev/null; then mdbook build docs; else echo "skipped: mdbook is not installed (cargo install mdbook)"; fi

bench: ## beside tshark and ndpiReader, in one run
	benches/beside.sh

corpus: ## make the captures again (wants root)
	corpus/make/all.sh

fuzz-smoke: ## every fuzz target for a moment
	fuzz/smoke.sh

fuzz: ## every fuzz target for long
	fuzz/run.sh

clean: ## remove what was built
	cargo clean
	rm -rf $(VENV) out
