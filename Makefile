# Everything one types. Needs make and Python 3.11 or newer with its module venv; each target makes
# the rest, in .venv and _build, and is quick when nothing changed.

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PY := $(BIN)/python
ENVIRONMENT := $(VENV)/.complete
PORT ?= 8000

# Numbers on the pages are those of one core.
book epub pdf test test-unit test-security test-notebooks test-site bench bench-grading: export OMP_NUM_THREADS := 1
book epub pdf test test-unit test-security test-notebooks test-site bench bench-grading: export OPENBLAS_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What pages need besides their text, and what makes them of it.
PARTS = $(PY) -m book._ext.vendor && $(PY) -m book._ext.network && $(PY) -m book._ext.live
BUILD = $(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/book/_toc.yml \
  --path-output $(CURDIR) -W -n --keep-going --quiet

.DEFAULT_GOAL := help
.PHONY: help book pictures diagrams epub pdf print serve lab test test-unit test-security test-notebooks test-site lint bench bench-grading bench-keras bench-otter lite lite-offline lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

$(ENVIRONMENT): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "installing the environment in $(VENV)"
	@$(PY) -m pip install --quiet --requirement requirements.lock
	@$(PY) -m pip install --quiet --no-deps --editable .
	@touch $@

book: $(ENVIRONMENT) ## execute the notebooks and build the site in _build/html
	@$(PARTS)
	@$(PY) -m nbcourse.notebooks.execute
	@$(BUILD) \
	  || { rm -rf _build/.doctrees; exit 1; } # else the next build would skip the faulty pages
	@touch _build/built
	@echo "open $(CURDIR)/_build/html/index.html"

pictures: $(ENVIRONMENT) ## write the pictures of the live figures anew, in book/images/live
	@$(PARTS) --pictures

diagrams: $(ENVIRONMENT) ## draw the diagrams anew, in book/images/diagrams (needs Chromium)
	@$(PY) -m book._ext.vendor
	@$(PY) -m book._ext.diagrams

epub: $(ENVIRONMENT) ## build the e-book _build/epub/nbcourse.epub
	@$(PARTS)
	@$(PY) -m nbcourse.notebooks.execute
	@$(BUILD) --builder custom --custom-builder epub
	@echo "$(CURDIR)/_build/epub/nbcourse.epub"

pdf: $(ENVIRONMENT) ## typeset the book as _build/pdf/nbcourse.pdf (needs XeLaTeX, and says what to install)
	@$(PY) -m book._ext.typeset --check
	@$(PARTS)
	@$(PY) -m nbcourse.notebooks.execute
	@$(BUILD) --builder latex
	@$(PY) -m book._ext.typeset

print: book ## print the pages as _build/pdf/pages.pdf (needs Chromium)
	@$(PY) -m book._ext.paper

serve: book ## build the site and serve it on http://localhost:8000 (PORT=...)
	@echo "http://localhost:$(PORT)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(ENVIRONMENT) ## open the course in JupyterLab
	@$(BIN)/nbcourse lab

lite: .venv-lite/.complete $(ENVIRONMENT) ## build the exercises for the browser, in _build/lite
	@$(PY) -m book._ext.lite .venv-lite/bin/python

lite-offline: .venv-lite/.complete $(ENVIRONMENT) ## the same with its own Python, and without NumPy
	@$(PY) -m book._ext.lite .venv-lite/bin/python --own-python

.venv-lite/.complete: book/requirements-lite.txt
	@$(PYTHON) -m venv .venv-lite
	@.venv-lite/bin/pip install --quiet --requirement $<
	@touch $@

test: test-unit test-security test-notebooks test-site ## run every test (builds the book)

test-unit: $(ENVIRONMENT) ## the package: units, twins, examples in docstrings
	@echo "== units, twins, docstrings"
	@$(PY) -m pytest --quiet -n 2 --doctest-modules tests/unit tests/twins tests/live nbcourse book/_ext

test-security: $(ENVIRONMENT) ## attacks on the jail and on the grader, where a jail can be built
	@echo "== security"
	@$(PY) -m pytest --quiet -n 2 --dist loadfile tests/security

test-notebooks: $(ENVIRONMENT) ## run every notebook and compare the outputs stored in it
	@echo "== notebooks"
	@$(PY) -m pytest --quiet -n 2 --dist loadfile --nbval book solutions

test-site: book ## the course and its built pages, statically and in a browser
	@echo "== course and site"
	@$(PY) -m pytest --quiet -n 2 --dist loadfile tests/course

lint: $(ENVIRONMENT) ## style, types, import layers, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: $(ENVIRONMENT) ## measure the article's network on full MNIST, side by side (minutes)
	@$(PY) -m benchmarks.run $(if $(wildcard .venv-keras/bin/python),--keras-python .venv-keras/bin/python)

bench-keras: .venv-keras/.complete ## make the optional environment in which Keras takes part in bench

.venv-keras/.complete: benchmarks/requirements-keras.txt
	@$(PYTHON) -m venv .venv-keras
	@.venv-keras/bin/pip install --quiet --requirement $< --editable .
	@touch $@

bench-grading: $(ENVIRONMENT) ## measure grading, side by side with nbgrader and otter (minutes)
	@$(PY) -m benchmarks.grading.run

bench-otter: .venv-otter/.complete ## make the optional environment in which otter takes part in bench-grading

.venv-otter/.complete: benchmarks/requirements-otter.txt
	@$(PYTHON) -m venv .venv-otter
	@.venv-otter/bin/pip install --quiet --requirement $<
	@touch $@

# The newest versions that pyproject.toml allows, except torch, whose version the results are checked
# with. What torch needs for graphics cards differs from system to system: torch brings it itself.
TORCH ?= torch==2.13.0

lock: ## write requirements.lock anew from the ranges in pyproject.toml
	@rm -rf _build/lock
	@$(PYTHON) -m venv _build/lock
	@_build/lock/bin/pip install --quiet --editable '.[dev]' $(TORCH)
	@{ echo "# The environment of readers, tests and builds. Made by: make lock (from the ranges in pyproject.toml)."; \
	   _build/lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' \
	   | grep -Ev ' @ |^(nvidia|cuda|triton)'; } > requirements.lock
	@rm -rf _build/lock

clean: ## remove everything that is built (not the environment .venv)
	@rm -rf _build book/_extra build dist *.egg-info
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
