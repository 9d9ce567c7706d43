# make demo    set up .venv and build the demo course
# make test    set up and run the linter, the type checker and all tests (some ten minutes on two cores)
# make quick   the same without the tests that load a Whisper or take longer (two minutes)
# make everywhere   all tests on each Python 3.11 to 3.13 that is installed, and with the lowest allowed dependencies
#
# PYTHON       the Python to use, 3.11 to 3.13
# TORCH_INDEX  an index that serves torch, to choose a CPU or CUDA build on purpose (see README)
# VENV         the folder of the environment
# VERSIONS     the file with the versions to install

PYTHON ?= python3
TORCH_INDEX ?=
VENV ?= .venv
VERSIONS ?= constraints.txt
TORCH := $(shell grep '^torch==' constraints.txt)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --constraint $(VERSIONS)
# A worker a core, each with a thread of its own: two workers that share two cores' threads take four times as long.
PYTEST := OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest --numprocesses auto --dist loadfile
PYTHONS := $(foreach version,3.11 3.12 3.13,$(shell python$(version) -c 'print("$(version)")' 2>/dev/null))

.PHONY: demo test tests quick docs check format everywhere lowest clean $(PYTHONS:%=python%)

demo: $(VENV)/.konspekt
	$(VENV)/bin/konspekt build .

test: check tests

tests: $(VENV)/.develop
	$(PYTEST)

docs: $(VENV)/.develop
	$(VENV)/bin/python -m sphinx -q -n -W --keep-going -E -b html docs docs/_build/html
	@echo "Open file://$(CURDIR)/docs/_build/html/index.html"

quick: check
	$(PYTEST) -m 'not slow and not weights'

check: $(VENV)/.develop
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(VENV)/.develop
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

everywhere: $(PYTHONS:%=python%) lowest

$(PYTHONS:%=python%): python%:
	$(MAKE) tests PYTHON=python$* VENV=.venv-$*

lowest:
	$(PYTHON) tools/lowest.py > .venv-lowest.txt
	$(MAKE) tests VENV=.venv-lowest VERSIONS=.venv-lowest.txt

$(VENV)/.konspekt: pyproject.toml $(VERSIONS)
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Konspekt needs Python 3.11 to 3.13; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	$(INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(INSTALL) --editable .
	touch $@

$(VENV)/.develop: $(VENV)/.konspekt
	$(INSTALL) --group dev
	touch $@

clean:
	rm -rf .venv .venv-* .konspekt output/lectures output/site build dist docs/_build
