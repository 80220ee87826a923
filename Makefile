# `make gate` and `make test` do all set-up themselves; a second run skips what is done.
.DEFAULT_GOAL := help
.PHONY: help gate merge test fast setup doctor bench lint lock clean
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile
	@echo 'More commands: .venv/bin/harness --help. Options go through: make gate ARGS="--seed 7"'

gate: ## may this go out? all set-up, all scenarios, a report (./gate has the exit code that scripts read)
	@./gate $(ARGS)

merge: ## the parts of a gate (--shard) as one report: make merge ARGS="FOLDER..."
	@setup/bootstrap.sh
	@.venv/bin/harness merge $(ARGS)

test: ## all set-up, lint, types, all tests
	@setup/test.sh

fast: ## lint, types and the tests that need no containers
	@setup/test.sh fast

setup: ## Python environment, container engine, images
	@setup/bootstrap.sh
	@.venv/bin/harness setup

doctor: ## what this machine has, what is missing, what to do
	@setup/bootstrap.sh
	@.venv/bin/harness doctor $(ARGS)

bench: ## where the time goes, against the targets
	@setup/bootstrap.sh
	@.venv/bin/harness setup
	@.venv/bin/harness bench $(ARGS)

lint: ## ruff and mypy
	@setup/bootstrap.sh
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

lock: ## pin the newest versions of requirements.in, with hashes
	@setup/bootstrap.sh
	@setup/lock.sh

clean: ## remove the Python environment and caches; reports and images stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './reports/*' -exec rm -rf {} +
