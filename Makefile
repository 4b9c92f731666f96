# make demo: everything from nothing, on the embedded cohort.   make test: the fast tests.
PYTHON ?= $(firstword $(shell command -v python3.11 python3))
VENV := .venv

.PHONY: demo test test-slow
demo: $(VENV)/ready
	$(VENV)/bin/snakemake --cores all

test: $(VENV)/ready
	$(VENV)/bin/python -m pytest

test-slow: $(VENV)/ready
	$(VENV)/bin/python -m pytest -m slow

$(VENV)/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed, and $(PYTHON) is another. Hint: make $(MAKECMDGOALS) PYTHON=path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	touch $@
