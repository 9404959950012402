# The tasks of the project; `make` lists them. On Windows, copy the line.
PYTHON = .venv/bin/python

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## create an environment with everything that the tasks need
	python3 -m venv .venv
	$(PYTHON) -m pip install -q -r .ci/constraints.txt
	$(PYTHON) -m pip install -q --no-deps -e .

test: ## run the quick tests
	$(PYTHON) -m pytest -q -n auto

lint: ## ruff
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: ## mypy, for every system
	for system in linux win32 darwin; do $(PYTHON) -m mypy --platform $$system || exit 1; done

bench: ## every bench, or one: make bench NAME=startup
	$(PYTHON) -m tests.bench $(NAME)

lock: ## pin every dependency again; needs uv
	.ci/lock

sbom: ## what the wheel brings along, as CycloneDX: dist/mailer.cdx.json; needs uv
	release/sbom

completion: ## update what completion knows of the commands
	$(PYTHON) -m tests.kit.completion_words

transcripts: ## record the transcripts of README and docs/ again
	$(PYTHON) -m tests.kit.transcripts
	$(PYTHON) -m tests.kit.pages

docs: | .venv ## the documentation as a site: .out/docs/index.html
	$(PYTHON) -m pip install -q -r .ci/docs-constraints.txt
	$(PYTHON) -m tests.kit.reference
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs .out/docs

.venv:
	$(MAKE) setup

recordings: ## make the recordings of docs/recordings again, from the transcripts of the pages
	$(PYTHON) -m tests.kit.recordings

screenshots: ## take the pictures of docs/images again; needs Chromium
	$(PYTHON) -m tests.kit.screenshots

all: ## everything that must pass before a change lands
	.ci/run

.PHONY: help setup test lint types bench lock sbom completion transcripts docs recordings screenshots all
