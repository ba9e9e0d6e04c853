# `make demo`, `make test` and `make docs` work from a bare clone: all they need is python3 (3.11 or later) and make.
VENV := .venv
BIN := $(VENV)/bin
SETUP := sh scripts/setup_venv.sh $(VENV)

# One lock file for the base install, one with the extras too; torch is in neither, since its builds depend on the device.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--annotation-style line --custom-compile-command 'make lock'
LOCKED_EXTRAS := figures office pdf ocrmypdf pandas remote tokens mcp langchain bulk serve ray

PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile
USUAL := not slow and not gpu and not network
PLAIN := not process and not extra and $(USUAL)
TESTS := $(USUAL)# of `make check`; .ci/run has run the plain ones by then

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check pytest slow lint fix types docs wheel release lock audit bench fuzz checksums clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## make .venv with everything for development

demo: $(VENV)/.base ## draw a text as a page, read it back, print ratio and fidelity
	@$(BIN)/sokdok demo

test: $(VENV)/.test ## the tests of plain functions, on the base install and pytest alone: minutes
	@$(PYTEST) -rfE -m "$(PLAIN)" $(ARGS) $(AGAIN)

check: lint ## everything that must hold before a merge: style, types, docs, wheel, all tests but the slow ones
	@# Many tests wait for processes and servers: types, docs and the wheel take what they leave of the cores.
	@$(MAKE) --no-print-directory --jobs=3 NICE=nice pytest types docs wheel

pytest: $(VENV)/.dev
	@$(PYTEST) -m "$(TESTS)" --durations=20 $(ARGS) $(AGAIN)

slow: $(VENV)/.dev ## campaigns of faults, fuzz, Ray and load
	@$(PYTEST) -m "slow and not gpu and not network" $(ARGS)

lint: $(VENV)/.dev ## check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

fix: $(VENV)/.dev ## repair style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/.dev ## check types
	@$(NICE) $(BIN)/mypy

docs: $(VENV)/.docs ## build the documentation into site/, strictly and offline
	@$(NICE) $(BIN)/python -m mkdocs build --strict --quiet
	@echo "documentation: site/index.html; its search needs a server: python3 -m http.server -d site"

wheel: $(VENV)/.dev ## build the wheel and try it alone in a fresh environment: size, imports, demo
	@$(NICE) scripts/check_wheel.sh $(BIN)/python

release: $(VENV)/.release ## wheel and sdist into dist/, each installed from the lock file and tried; their bill of materials
	@rm -rf dist
	@scripts/check_wheel.sh $(BIN)/python dist

lock: $(VENV)/.release ## bring requirements/*.lock up to pyproject.toml; with ARGS=--upgrade to the newest versions
	@$(LOCK) --output-file requirements/base.lock $(ARGS)
	@$(LOCK) $(LOCKED_EXTRAS:%=--extra %) --output-file requirements/extras.lock $(ARGS)

audit: $(VENV)/.release ## ask PyPI which locked versions have known vulnerabilities; fails where it gets no answer
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement requirements/extras.lock

bench: $(VENV)/.bench ## print the compression table; more with ARGS="--data DIR"
	@$(BIN)/sokdok bench compression $(ARGS)

fuzz: $(VENV)/.dev ## throw mutated inputs at all parsers and writers, MINUTES=1 each; some only with ARGS="grammar events"
	@PYTHONPATH=src:tests $(BIN)/python -m fuzz $(or $(MINUTES),1) $(ARGS)

checksums: $(VENV)/.dev ## write the checksums of the bundled weights anew, after a file of them was replaced
	@$(BIN)/python scripts/write_checksums.py

clean: ## back to a bare clone; data/ and runs/ stay
	rm -rf $(VENV) dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp a set of extras; the base install carries the demo, so that it starts soon.
$(VENV)/.base: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) '.'
	@touch $@

$(VENV)/.bench: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) . ./lab
	@touch $@ $(VENV)/.base

$(VENV)/.test: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) '.[test]'
	@touch $@ $(VENV)/.base

$(VENV)/.docs: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) '.[docs]'
	@touch $@ $(VENV)/.base

$(VENV)/.release: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) '.[release]'
	@touch $@ $(VENV)/.base

$(VENV)/.dev: pyproject.toml scripts/setup_venv.sh
	@$(SETUP) '.[dev]' './lab[engines]'
	@touch $@ $(VENV)/.base $(VENV)/.test $(VENV)/.bench $(VENV)/.docs
