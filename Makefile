# The commands of vbaadmin. They need Python 3.11+ and make; everything else goes to .venv.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN := .venv/bin/python
# For `make test ARGS="-k groups"` and `make bench ARGS=…`.
ARGS ?=
# Each process has its own PostgreSQL. All tests of a file run in one process.
PYTEST := $(BIN) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# If the Python of .venv is gone (the system got a newer one), install again.
$(shell $(BIN) -c '' 2>/dev/null || rm -f .venv/for-run .venv/for-tests)

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 16

run: .venv/for-run ## start PostgreSQL, the web server and a worker (PORT, VBA_DATA_DIR)
	@exec $(BIN) manage.py run --with-parent

test: .venv/for-tests ## run all tests, on their own PostgreSQL servers
	@$(PYTEST) $(ARGS)

test-fast: .venv/for-tests ## run only the unit and API tests
	@FUZZ_CASES=200 $(PYTEST) tests/unit tests/api $(ARGS)

check: .venv/for-tests ## ruff, mypy, layers of imports, Django's checks, missing migrations, unwanted words
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy .
	.venv/bin/lint-imports --no-cache
	$(BIN) manage.py check
	$(BIN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN) -m tests.words

bench: .venv/for-tests ## run the benchmarks and print the results as ratios
	@$(BIN) -m pytest tests/benchmarks -m bench -s $(ARGS)

.venv/for-run: requirements.txt
	$(call install,requirements.txt)

.venv/for-tests: requirements.txt requirements-dev.txt
	$(call install,requirements-dev.txt)

# $(call install,FILE): create .venv if it is missing (or its Python is gone) and install what FILE lists.
define install
	@test -n "$(PYTHON)" || { echo "vbaadmin needs Python 3.11 or newer. Name one: make PYTHON=…" >&2; exit 1; }
	@$(BIN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot create .venv. On Debian and Ubuntu, run: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the packages of $(1). This takes a minute …"
	@$(BIN) -m pip install --quiet --disable-pip-version-check --requirement $(1)
	@touch $@
endef
