# make demo: everything from nothing, on the embedded cohort.   make test: the fast tests.
SUITABLE := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell $(name) -c '$(SUITABLE)' 2>/dev/null && echo $(name))))
VENV := .venv

.PHONY: demo test test-slow
demo: $(VENV)/ready
	$(VENV)/bin/snakemake --cores all

test: $(VENV)/ready
	$(VENV)/bin/python -m pytest

test-slow: $(VENV)/ready
	$(VENV)/bin/python -m pytest -m slow

$(VENV)/ready: requirements.lock
	@$(or $(PYTHON),false) -c '$(SUITABLE)' || { echo "Python 3.11 or 3.12 is needed, and $(or $(PYTHON),none) is found. Hint: make $(MAKECMDGOALS) PYTHON=path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	touch $@
