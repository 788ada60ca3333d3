# Every target works on a fresh clone with no step before it. It makes its own environment from the
# locked requirements, builds the wheel and installs that, never the source tree.

PYTHON ?= python3
# More arguments for the tool behind a target: make test ARGS='tests/unit -k stream'
ARGS ?=

# How many processes run the tests, two more than CI has processors, as many tests wait for servers,
# builds and browsers; with ARGS='-n 0', pytest itself. The tests of a class stay together, as they
# share its server, and begin in the order of the tree, the longest ones early.
TESTS := -n 4 --dist loadscope --no-loadscope-reorder

VENV := .venv
LOWEST := .venv-lowest
DOCS := .venv-docs
BIN := $(VENV)/bin
PIP := -m pip --quiet --disable-pip-version-check --no-input

# Directories are included: their time changes when a file is removed.
SOURCES := pyproject.toml README.md LICENSE $(shell find src -name __pycache__ -prune -o -print)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-lowest test-host lint format docs linkcheck bench fuzz lock clean

help:
	@echo "make demo         run a build with secrets on a real master and worker; KEEP=1 leaves the web page up"
	@echo "make test         run all tests on the wheel; ARGS are for pytest"
	@echo "make test-lowest  run them on the oldest supported Buildbot and Twisted"
	@echo "make test-host    run Buildbot's own tests of secrets with our classes; downloads them"
	@echo "make lint         run ruff, mypy and the check of the import layers"
	@echo "make format       let ruff fix what it can, and redraw the picture of the layers"
	@echo "make docs         build the site in build/site; warnings are errors"
	@echo "make linkcheck    check the external links of the docs; needs a network"
	@echo "make bench        run the benchmarks"
	@echo "make fuzz         test redaction with 100,000 generated examples; takes half an hour"
	@echo "make lock         resolve requirements/*.in again"
	@echo "make clean        remove everything that these targets made"

$(VENV)/installed.stamp: requirements/dev.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

$(LOWEST)/installed.stamp: requirements/lowest.txt
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python $(PIP) install --require-hashes --no-deps -r requirements/lowest.txt
	@touch $@

$(DOCS)/installed.stamp: requirements/docs.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python $(PIP) install --require-hashes --no-deps -r requirements/docs.txt
	@touch $@

build/wheel.stamp: $(VENV)/installed.stamp $(SOURCES)
	rm -rf build/wheel
	$(BIN)/python $(PIP) wheel --no-deps --no-build-isolation --wheel-dir build/wheel .
	@touch $@

$(VENV)/wheel.stamp: build/wheel.stamp
	$(BIN)/python $(PIP) install --no-deps --no-index --force-reinstall build/wheel/*.whl
	@touch $@

$(LOWEST)/wheel.stamp: $(LOWEST)/installed.stamp build/wheel.stamp
	$(LOWEST)/bin/python $(PIP) install --no-deps --no-index --force-reinstall build/wheel/*.whl
	@touch $@

$(DOCS)/wheel.stamp: $(DOCS)/installed.stamp build/wheel.stamp
	$(DOCS)/bin/python $(PIP) install --no-deps --no-index --force-reinstall build/wheel/*.whl
	@touch $@

demo: $(VENV)/wheel.stamp
	$(BIN)/python examples/demo/run.py

test: $(VENV)/wheel.stamp
	KEYCHAIN_WHEEL="$$(echo "$(CURDIR)"/build/wheel/*.whl)" $(BIN)/python -m pytest $(TESTS) $(ARGS)

# Of what is installed there, Buildbot, Twisted, zope.interface and SQLAlchemy are older. What programs
# print of secrets does not depend on them, nor do the packages that import none of them, which the
# contract "Redaction and formats of files need no framework" of import-linter guards. What others
# call of redaction is tested there.
SAME_ON_LOWEST := tests/integration/programs tests/unit/formats \
	$(addprefix tests/unit/redaction/,fields forms matching output test_properties.py) \
	$(wildcard tests/unit/redaction/test_guessing_*.py)

test-lowest: $(LOWEST)/wheel.stamp
	KEYCHAIN_WHEEL="$$(echo "$(CURDIR)"/build/wheel/*.whl)" $(LOWEST)/bin/python -m pytest $(TESTS) \
		$(addprefix --ignore ,$(SAME_ON_LOWEST)) $(ARGS)

# Tests are in the source distribution alone. Its version and hash are those of the locked
# requirements, and pip reads what it needs with the build backend that is locked there, too.
build/host.stamp: requirements/dev.txt $(VENV)/installed.stamp
	rm -rf build/host
	mkdir -p build/host
	sed -n '/^buildbot==/,/[^\\]$$/p' requirements/dev.txt > build/host/requirement.txt
	$(BIN)/python $(PIP) download --require-hashes --no-deps --no-binary :all: --no-build-isolation \
		--dest build/host -r build/host/requirement.txt
	tar xzf build/host/buildbot-*.tar.gz --strip-components=1 --directory build/host
	@touch $@

test-host: $(VENV)/wheel.stamp build/host.stamp
	$(BIN)/python -m tests.integration.host_tests build/host

lint: $(VENV)/wheel.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

format: $(VENV)/installed.stamp
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .
	$(BIN)/python docs/development/draw_layers.py

docs: $(DOCS)/wheel.stamp
	$(DOCS)/bin/sphinx-build --fail-on-warning --keep-going --nitpicky --quiet --builder html \
		--doctree-dir build/doctrees $(ARGS) docs build/site
	@echo "build/site/index.html"

linkcheck: $(DOCS)/wheel.stamp
	$(DOCS)/bin/sphinx-build --quiet --builder linkcheck --doctree-dir build/doctrees $(ARGS) docs build/linkcheck

bench: $(VENV)/wheel.stamp
	@set -e; for name in $(basename $(notdir $(wildcard tests/benchmarks/*.py))); do \
		echo "$$name"; $(BIN)/python -m tests.benchmarks.$$name; \
	done

fuzz: $(VENV)/wheel.stamp
	KEYCHAIN_FUZZ_EXAMPLES=3400 $(BIN)/python -m pytest tests/unit/redaction/test_properties.py -o faulthandler_timeout=0 $(ARGS)

# Keeps locked versions as far as they still fit; ARGS=--upgrade takes the newest of everything. The
# compiler itself is not locked: its output is reviewed.
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python $(PIP) install uv
	for set in dev lowest docs; do \
		build/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.10 \
			--no-emit-index-url --no-emit-find-links --no-header $(ARGS) \
			--output-file requirements/$$set.txt requirements/$$set.in || exit 1; \
	done

clean:
	rm -rf $(VENV) $(LOWEST) $(DOCS) build dist .hypothesis .mypy_cache .ruff_cache _trial_temp
