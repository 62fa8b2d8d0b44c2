# Everything a newcomer needs: `make demo` and `make test`. Both build `.venv` themselves.
# The published pySigma back ends still pin pySigma 1.5, so what needs them is tested in an environment of its own.
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
BACKENDS := .venv-backends
JOBS     ?= 2

.PHONY: demo test lint fuzz bench engines judge clean

# The stamp is newer than pyproject.toml once its requirements are installed.
$(VENV)/.installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

$(BACKENDS)/.tested: pyproject.toml
	@test -x $(BACKENDS)/bin/python || $(PYTHON) -m venv $(BACKENDS)
	@$(BACKENDS)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test-backends]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/python tools/demo.py

lint: $(VENV)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint $(BACKENDS)/.tested
	RULEPROOF_PYSIGMA=2. $(BIN)/pytest -n $(JOBS) --dist worksteal
	RULEPROOF_PYSIGMA=1.5. RULEPROOF_REQUIRE_BACKENDS=1 $(BACKENDS)/bin/pytest -n $(JOBS) --dist worksteal tests/audit tests/sigma

# New random examples for every property test; the suite itself draws the same ones each time.
fuzz: $(VENV)/.tested
	$(BIN)/pytest -n $(JOBS) --dist worksteal --hypothesis-profile=explore -p no:cacheprovider $$(grep -rl hypothesis tests --include='test_*.py')

bench: $(VENV)/.tested
	$(BIN)/python tools/bench.py

engines:
	engines/elasticsearch/build

judge: $(VENV)/.tested
	$(BIN)/python tools/judge.py

clean:
	rm -rf $(VENV) $(BACKENDS) build *.egg-info
