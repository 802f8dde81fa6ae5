# Two commands matter: `make run` and `make test`. Everything else is for those who build.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
KIOSK_PORT ?= 8080
DEMO   ?= ./demo-data
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help run test explore lint bench kiosk-sim clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3,11) <= sys.version_info[:2] < (3,14) else "Cần Python 3.11, 3.12 hoặc 3.13 (đang có %d.%d). Đặt PYTHON=python3.12 rồi chạy lại." % sys.version_info[:2])'
	@echo "Đang tạo môi trường trong $(VENV)…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip<27"

$(VENV)/.server: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Đang cài đặt chương trình và thư viện…"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet -e ".[server,kiosk]"
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Đang cài đặt chương trình, thư viện và công cụ kiểm thử…"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet -e ".[server,kiosk,dev]"
	@touch $@ $(VENV)/.server

run: $(VENV)/.server ## a demo school with a simulated kiosk, everything set up
	@$(BIN)/python -m library.demo.run --data $(DEMO) --port $(PORT) --kiosk-port $(KIOSK_PORT) $(ARGS)

kiosk-sim: $(VENV)/.server ## only the simulated kiosk, against a core that already runs
	@$(BIN)/python -m library.demo.run --kiosk-only --data $(DEMO) --port $(PORT) --kiosk-port $(KIOSK_PORT) $(ARGS)

test: $(VENV)/.dev ## every test (PostgreSQL and browser included where they can run)
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)
	$(MAKE) --no-print-directory lint

explore: $(VENV)/.dev ## the property tests and state machines with examples of chance, not the same ones as in every run
	KESACH_EXPLORE=1 $(BIN)/python -m pytest -n auto --dist loadfile $(or $(ARGS),$(shell grep -rl hypothesis tests --include='test_*.py'))

lint: $(VENV)/.dev ## ruff, import walls, types
	$(BIN)/ruff check .
	$(BIN)/lint-imports --config .importlinter
	$(BIN)/mypy

bench: $(VENV)/.dev ## measure (ratios in one run) and rewrite docs/performance.md
	$(BIN)/python -m tests.bench $(ARGS)

clean: ## remove the environment and the demo school
	rm -rf $(VENV) $(DEMO) build *.egg-info
