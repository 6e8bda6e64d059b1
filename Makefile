# The two commands that show everything: `make demo` and `make test`. Nothing but Python 3.11 to 3.14 is needed.
#
# The environment is .venv. It is made once, and made anew only when pyproject.toml or a lock file changes.
# Another Python: make PYTHON=python3.13 …

SHELL := /bin/sh
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
ARGS ?=

.PHONY: help demo test lint bench docs lock clean

help:
	@echo "make demo    see it work: raw events, clean events, and what leaks before and after"
	@echo "make test    install what the tests need, check the code, run all tests"
	@echo "make lint    only check the code: ruff, mypy, import contracts"
	@echo "make bench   what one event costs on this machine"
	@echo "make docs    write the generated pages of docs/ anew"
	@echo "make lock    write the lock files anew"
	@echo "make clean   remove what was made"
	@echo
	@echo "ARGS=... is handed on, e.g. make demo ARGS='--seconds 20', make test ARGS='-m \"not kafka\"'"

demo: .venv/.installed
	@$(BIN)/stream-scrubber demo $(ARGS)

lint: .venv/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# pytest comes last, so that its closing line is the last line.
test: lint
	$(BIN)/python -m pytest $(ARGS)

bench: .venv/.installed-test
	$(BIN)/python -m benchmarks.engine $(ARGS)

docs: .venv/.installed
	$(BIN)/python docs/generate.py

lock: .venv/.installed
	@$(PIP) install 'uv>=0.9'
	$(BIN)/uv pip compile $(LOCKED) -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(LOCKED) -o requirements-test.lock pyproject.toml --extra test
	$(BIN)/uv pip compile $(LOCKED) -o requirements-ner.lock pyproject.toml --extra ner
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --no-header --upgrade

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The lock comes first and decides versions; the second install adds the project itself.
.venv/.installed: .venv/.made pyproject.toml requirements.lock
	@echo "Installing stream-scrubber into .venv …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --editable .
	@touch $@

.venv/.installed-test: .venv/.made pyproject.toml requirements-test.lock
	@echo "Installing stream-scrubber and its tests' tools into .venv …"
	@$(PIP) install --require-hashes -r requirements-test.lock
	@$(PIP) install --editable '.[test]'
	@touch $@ .venv/.installed

# A Python counts when it starts, is of a version that the project takes, and can make environments.
.venv/.made:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then \
	    echo "Making .venv with $$("$$python" --version) …"; \
	    rm -rf .venv && "$$python" -m venv .venv && touch $@ && exit 0; \
	    exit 1; \
	  fi; \
	done; \
	echo "No usable Python found. stream-scrubber needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module" >&2; \
	echo "(on Debian and Ubuntu: apt install python3-venv). If yours has another name: make PYTHON=/path/to/python …" >&2; \
	exit 2
