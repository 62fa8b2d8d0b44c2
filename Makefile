# Everything a newcomer needs: `make demo` and `make test`. Both build `.venv` themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

.PHONY: demo test lint fuzz bench engines judge clean

# The stamp is newer than pyproject.toml once its requirements are installed.
$(VENV)/.installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/python tools/demo.py

lint: $(VENV)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n $(JOBS) --dist worksteal

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
	rm -rf $(VENV) build *.egg-info
