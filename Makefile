# make demo: set up .venv and build the demo course.  make test: set up and run tests, linter and type checker.
#
# PYTHON       the Python to use, 3.11 to 3.13
# TORCH_INDEX  an index that serves torch, to choose a CPU or CUDA build on purpose (see README)

PYTHON ?= python3
TORCH_INDEX ?=
TORCH := $(shell grep '^torch==' constraints.txt)
PIP := .venv/bin/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --constraint constraints.txt

.PHONY: demo test docs check format clean

demo: .venv/.konspekt
	.venv/bin/konspekt build .

test: .venv/.develop check
	.venv/bin/python -m pytest

docs: .venv/.develop
	.venv/bin/python -m sphinx -q -n -W --keep-going -E -b html docs docs/_build/html
	@echo "Open file://$(CURDIR)/docs/_build/html/index.html"

check: .venv/.develop
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/.develop
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

.venv/.konspekt: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Konspekt needs Python 3.11 to 3.13; say make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade 'pip>=25.1'
	$(INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(INSTALL) --editable .
	touch $@

.venv/.develop: .venv/.konspekt
	$(INSTALL) --group dev
	touch $@

clean:
	rm -rf .venv .konspekt output/lectures output/site docs/_build build dist
