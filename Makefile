# Every target does its own set-up: nothing is needed but Python 3.11 or newer, make and a way to install packages.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Hashes are checked, versions are those of the lock, which names every one: a resolver could only look elsewhere (pip 23
# takes the newest coverage for coverage[toml], whatever the lock says). Two --quiet leave errors alone.
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check bench real clean

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(VENV)/run.stamp ## Show the program over a made-up portfolio with 60 days of history (ARGS=--headless prints it)
	$(BIN)/llmops-tui demo $(ARGS)

test: check ## Run every gate and every test

check: $(VENV)/dev.stamp ## The same: format, lint, import contracts, types, tests with coverage, the wheel in a clean place
	scripts/check

bench: $(VENV)/dev.stamp ## Measure speed and size, each figure beside its limit
	$(BIN)/python -m bench $(ARGS)

real: $(VENV)/dev.stamp ## Bring up Prometheus, a real LLM and MLflow, collect from them and show it (ARGS=--headless prints it)
	$(BIN)/python -m scripts.real $(ARGS)

clean: ## Remove everything that was made here
	rm -rf $(VENV) .real .demo dist build .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes --no-deps -r requirements/run.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(INSTALL) --require-hashes --no-deps -r requirements/dev.txt
	@touch $@
