# make run     installs what is needed into .venv, records the examples, serves them on http://127.0.0.1:8000
#              PORT=8123 and DATA=somewhere move it; started again it neither re-installs nor records twice
# make test    everything that must hold: make check, then all tests, on SQLite and on a PostgreSQL of its own
# make check   formatting, lint, types, layers
# make bench   speed, as ratios to the raw database
# make lock    pins the dependencies anew after a change in pyproject.toml

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: run test check bench schemas lock

VENV := .venv
BIN := $(VENV)/bin
# The follow-up names records of the first example, and its files each other's, so they are recorded in this order.
EXAMPLES := examples/amnesty-2025-12/reports.yaml $(sort $(wildcard examples/amnesty-2025-follow-up/*.yaml))

# Unset means: as the environment or the settings' own defaults say.
ifdef PORT
export CUSTODY_PORT := $(PORT)
endif
ifdef DATA
export CUSTODY_DATA := $(DATA)
endif

run: $(VENV)/runtime.stamp
	@$(BIN)/custody migrate
	@$(BIN)/custody record $(EXAMPLES)
	@exec $(BIN)/custody serve

test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

# What is generated from the code and published beside it.
schemas: $(VENV)/dev.stamp
	$(BIN)/python -m app.publish

# Every file is checked against its pinned hash, the build tool of the project itself included.
# uv is used where it is present, because it is faster; pip does the same.
define install
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@
endef

$(VENV)/runtime.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (once; about a minute) ..."
	$(call install,requirements.txt)

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need (once; a minute or two) ..."
	$(call install,requirements-dev.txt)
	@touch $(VENV)/runtime.stamp

# A name on the PATH may be a shim for a version that is not installed, so each candidate is asked.
$(BIN)/python:
	@for candidate in $${PYTHON:-} python3.13 python3.12 python3.11 python3 python3.14; do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "Python 3.11 or later is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3 ..." >&2; \
	  exit 1; \
	fi; \
	"$$found" -m venv $(VENV)

# On the oldest Python we support, with a current pip. Versions already pinned are kept while they fit:
# delete the files first to take newer ones.
lock:
	python3.11 -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip pip-tools
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

LOCK := build/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
  --build-deps-for editable
