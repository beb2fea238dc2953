# The commands of the project. `make demo` and `make test` set everything up by themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SERVERS := chromium dovecot-imapd fonts-dejavu-core inn2 nginx-light postgresql prometheus prometheus-alertmanager

.PHONY: help demo test unit check format servers soak docs clean

help:  ## Show this list.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[all,dev]'
	touch $@

demo: .venv/installed  ## Show an alert within a minute: no accounts, no network.
	$(BIN)/crisiswatch demo

# Tests start a hundred processes: each would compile the whole package again where nothing compiled is kept.
test unit soak: export PYTHONDONTWRITEBYTECODE =

test: .venv/installed  ## Run every test; says how many were skipped for lack of a server.
	$(BIN)/python -m pytest -rs -n 3 --dist loadfile --no-loadscope-reorder

unit: .venv/installed  ## Run the tests that need no server.
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not acceptance'

check: .venv/installed  ## Format, lint, types, import contracts.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed  ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

servers:  ## Install the Debian packages that acceptance tests use, as root, and fetch servers from npm and PyPI. Starts none.
	sh deploy/install-test-servers.sh $(SERVERS)
	sh deploy/install-test-networks.sh .servers
	PYTHON=$(PYTHON) sh deploy/install-test-lists.sh .servers

KILLS ?= 1000

LONG := $(addprefix tests/acceptance/test_,answers_that_race.py demo.py kills_lose_nothing.py network_faults.py \
	reloads_under_load.py storm_on_a_daemon.py) tests/core/test_suppressing.py tests/engine/test_storms_and_outages.py \
	tests/laws/test_laws_of_delivery.py tests/laws/test_laws_of_the_reference.py tests/sources/test_parsers_fuzzed.py

soak: .venv/installed  ## The long suites: some hours.
	CRISISWATCH_KILLS=$(KILLS) $(BIN)/python -m pytest --soak $(LONG)
	$(BIN)/python -m benchmarks.load --full --json

docs: .venv/installed  ## Write the generated reference pages.
	$(BIN)/python -m docs.generate

clean:
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
