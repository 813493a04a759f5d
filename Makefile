# ML Studio. `make` alone lists what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run demo up down logs ps stack stack-down test test-databases check bench bench-ui components doctor backup restore drill-restore docs requirements clean

VENV := .venv
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install -qq --progress-bar off
# Three workers, as one of two cores mostly waits for servers, and a file at a time: the servers that
# tests start are shared within a worker. In the order of tests/conftest.py, as a file's length is
# not told by how many tests are in it.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder
# BENCH_ARGS="--quick" only sees whether it works; --only sqlite, --only mariadb
BENCH_ARGS ?=

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Install, migrate and run MLflow, the UAC API, the jobs and Studio here (Ctrl-C stops them)
	@exec $(VENV)/bin/python -m ops.run

demo: ## Fill the server of this checkout, or what `make run` runs, with examples
	@MAKE="$(MAKE_COMMAND)" sh ops/server_or_local.sh demo

up: ## Build and run everything in containers behind nginx: https, MySQL (needs Docker with Compose)
	@sh ops/server.sh up

down: ## Stop the containers; the data stays
	@sh ops/server.sh down

logs: ## Follow the logs of the containers (SERVICE=uac_api: of one)
	@SERVICE="$(SERVICE)" sh ops/server.sh logs

ps: ## Show the containers and their health
	@sh ops/server.sh ps

stack: ## The same on a swarm of one or more machines (needs `docker swarm init`)
	@sh ops/stack.sh up

stack-down: ## Stop what runs on the swarm; the data stays
	@sh ops/stack.sh down

test: $(VENV)/.installed-dev ## Run all tests; installs what they need first
	@sh ops/test_programs.sh
	@$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

test-databases: $(VENV)/.installed-dev ## Run all tests of the UAC database on SQLite, MySQL and PostgreSQL
	@sh ops/test_programs.sh
	@$(VENV)/bin/python -m pytest $(PYTEST_ARGS) --every-database tests/access tests/api

check: $(VENV)/.installed-dev ## Style, types and the rules of who may import whom
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-dev ## Measure the proxy against MLflow itself, write docs/reference/performance.md (some minutes)
	@$(VENV)/bin/python -m tools.bench $(BENCH_ARGS)

bench-ui: $(VENV)/.installed-dev ## Measure the interface in Chromium against MLflow's own, write docs/reference/interface-performance.md
	@$(VENV)/bin/python -m tools.bench_ui $(BENCH_ARGS)

doctor: ## Look for what is wrong with settings, databases, MLflow, certificates, disk
	@MAKE="$(MAKE_COMMAND)" sh ops/server_or_local.sh doctor

backup: ## Back up databases and artifacts while people work: [TO=/folder] [KEEP=7]
	@MAKE="$(MAKE_COMMAND)" TO="$(TO)" KEEP="$(KEEP)" sh ops/server_or_local.sh backup

drill-restore: ## Find out whether a backup can be restored, touching nothing: [FROM=/folder] [BACKUP=name] [ARTIFACTS=all]
	@MAKE="$(MAKE_COMMAND)" FROM="$(FROM)" BACKUP="$(BACKUP)" ARTIFACTS="$(ARTIFACTS)" \
		sh ops/server_or_local.sh drill-restore

restore: ## Put the newest backup into an empty place: [FROM=/folder] [BACKUP=name]
	@MAKE="$(MAKE_COMMAND)" FROM="$(FROM)" BACKUP="$(BACKUP)" sh ops/server_or_local.sh restore

components: ## Build the browser components of frontend/ into ml_studio/assets (needs Node 20.19 or newer)
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund && npm run build

docs: $(VENV)/.installed ## Write the generated parts of docs/
	@$(VENV)/bin/python -m tools.documents

requirements: $(VENV)/.installed ## Pin the newest packages pyproject.toml allows
	$(PIP) uv
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
		pyproject.toml --output-file requirements.txt
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
		pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## Remove the virtual environment and all caches; the data stays
	rm -rf $(VENV) *.egg-info build frontend/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "ML Studio needs Python 3.11 or newer; no python3 here is." \
		"Install one, or name it: make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than Python 3.11, or does not run. Name another:" \
		"make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu:" \
		"apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (some minutes the first time) ..."
	@$(VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Installing the tools for tests into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
