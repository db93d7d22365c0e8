# The verbs of the project. Nothing is installed outside this folder; uv is taken from PATH, else put into .uv/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
UV := $(or $(shell command -v uv),.uv/bin/uv)
BIN := .venv/bin
OUT ?= build/benchmarks
GEN := $(UV) run --quiet --no-project --with grpcio-tools==1.71.2 --with mypy-protobuf==3.6.0 --with protobuf==5.29.5 --with setuptools==80.9.0 python idl/generate.py
export UV_PYTHON_PREFERENCE ?= only-system
export PATH := $(PATH):$(CURDIR)/.uv/bin
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.PHONY: chaos help sync demo test test-slow test-all test-plugins test-plugin jvm-runner test-jvm test-changed-plugins test-backends lint gen baseline conformance conformance-images mutants bench build changelog
help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

.uv/bin/uv:
	@echo "uv is not on PATH: putting it into .uv/"
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

sync: $(UV) ## make .venv with our distributions in editable form and all tools; plugins have environments of their own
	$(UV) sync --quiet --locked

demo: sync ## train a classifier on real data; the second time every node is a cache hit
	$(BIN)/godwit --home .godwit run examples/wine/training.py training

test: sync ## the tests, without the slow ones
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow"

test-slow: sync ## the slow tests alone
	$(BIN)/pytest -q -n 2 --dist loadfile -m slow

test-all: sync ## every test, those of the plugins too
	$(BIN)/pytest -q -n 2 --dist loadfile
	UV="$(UV)" $(BIN)/python .ci/plugin_suites.py --all

test-plugins: sync ## the tests of every plugin, each in plugins/NAME/.venv with all of its extras, and of all together
	UV="$(UV)" $(BIN)/python .ci/plugin_suites.py --all

test-plugin: sync ## the tests of one plugin: make test-plugin PLUGIN=spark
	UV="$(UV)" $(BIN)/python .ci/plugin_suites.py $(PLUGIN)

test-backends: sync ## all plugins in one environment, .venvs/together, and one workflow over all of their backends
	UV="$(UV)" $(BIN)/python .ci/plugin_suites.py together

jvm-runner: ## build the jar that runs tasks of the JVM, and put it where the plugin's wheel takes it from
	cd sdks/jvm-bridge && mvn -B -ntp -q -pl godwit-runner -am -Dmaven.test.skip=true -Dspotless.check.skip=true package
	cp sdks/jvm-bridge/godwit-runner/target/godwit-runner-*-all.jar plugins/jvm/src/godwit_jvm/godwit-runner.jar

test-jvm: ## build and test what is for the JVM; needs a JDK of 17 or newer, and Maven
	@if command -v javac >/dev/null && command -v mvn >/dev/null; then cd sdks/jvm-bridge && mvn -B -ntp -q verify; \
	else echo "skipped: no JDK or no Maven on PATH; install a JDK of 17 or newer and Maven 3.8 or newer" >&2; test -z "$${CI:-}"; fi

test-changed-plugins: sync ## the tests, without the slow ones, of the plugins that differ from the main branch, or whose foundations do
	UV="$(UV)" $(BIN)/python .ci/plugin_suites.py --changed --without-slow --jobs 2

lint: sync ## style, types, arrows between packages, the contract, what is generated
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(if $(wildcard plugins/*/src),MYPYPATH=$$(ls -d plugins/*/src | paste -sd:) $(BIN)/mypy $(wildcard plugins/*/src))
	$(BIN)/pyright
	$(BIN)/lint-imports
	cd idl && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code && ../$(BIN)/buf breaking --against baseline.binpb
	$(GEN) --check
	$(UV) lock --check

gen: $(UV) ## write the generated Python of the contract
	$(GEN)

baseline: sync ## take the contract as it is as what later changes must not break (at a release)
	cd idl && ../$(BIN)/buf build --exclude-source-info -o baseline.binpb

conformance: sync ## the contract: the suite's own tests, then every SDK at every level, or one: make conformance SDK=jvm
	$(BIN)/pytest -q -m "not slow" conformance
	UV="$(UV)" $(BIN)/python .ci/conformance_suites.py $(SDK)

conformance-images: sync ## the contract once more, of SDKs in container images and the engine in another; wants a Docker engine
	UV="$(UV)" $(BIN)/pytest -q conformance/tests/test_containers.py

bench: sync ## the benchmarks: JSON into OUT, tables printed; PEERS=1 measures other orchestrators beside; QUICK=1 tries all
	@failed=""; for row in chain fanout cached_chain dataframe startup packages scale scaling breakdown; do \
	  UV="$(UV)" $(BIN)/python benchmarks/$$row.py --out $(OUT) $(if $(PEERS),--peers) $(if $(QUICK),--quick) >/dev/null \
	  || failed="$$failed $$row"; done; \
	$(BIN)/python benchmarks/report.py --results $(OUT); \
	if [ -n "$$failed" ]; then echo "Rows that failed, and are not in the tables or stand there from before:$$failed" >&2; exit 1; fi

build: $(UV) ## wheels and source archives of every distribution, in dist/
	$(UV) build --quiet --all-packages

mutants: sync ## plant defects in the engine, one at a time; the tests must kill every one
	$(BIN)/python tests/mutants/plant.py

chaos: sync ## kill engines and runners at random times: make chaos SEED=7 KILLS=50 replays a seed
	$(BIN)/python tests/chaos/storms.py --seed $(or $(SEED),1) --kills $(or $(KILLS),200)

changelog: sync ## print what the next release's notes would say
	$(BIN)/towncrier build --draft --version next
