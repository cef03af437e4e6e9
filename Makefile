# Needs Python 3.11 or newer with pip, git and make; everything else goes into .venv.

PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
PIP = .venv/bin/python -m pip --disable-pip-version-check -q

.PHONY: demo test bench docs faults fuzz lint mutants docs-reference programs clean

demo: .venv/.runtime
	@.venv/bin/tracker demo

test: lint programs
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term --cov-fail-under=95

# What tracker makes is tried in real programs: a browser, a shell, readers of manual pages. They are
# the system's own, and installed here where that may be done.
programs:
	@exec >/dev/null; wanted=; \
	command -v chromium || command -v chromium-browser || command -v google-chrome-stable \
		|| command -v google-chrome || wanted="$$wanted chromium"; \
	for name in fish zsh groff mandoc; do command -v $$name || wanted="$$wanted $$name"; done; \
	command -v man || wanted="$$wanted man-db"; \
	if [ -z "$$wanted" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
		echo "Installing$$wanted, to try in them what tracker makes" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$wanted; \
	else \
		echo "Not here, and only root can install them with apt-get:$$wanted." \
			"What is tried in them is left out; install these packages." >&2; \
	fi

# The full counts, and the table of them in the documentation; about half an hour.
faults: .venv/.dev
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --faults=full \
		--tally-into docs/explanation/faults.md tests/faults tests/attacks

# Against its peer and the raw limit, and the table of it in the documentation; BENCH=status runs one
# group alone and writes nothing.
BENCH_EVENTS ?= 100000
BENCH_FACTS ?= 10000000

bench: .venv/.bench
	@.venv/bin/python -m tests.benchmarks --events $(BENCH_EVENTS) --facts $(BENCH_FACTS) \
		$(if $(BENCH),$(addprefix --only ,$(BENCH)),--into docs/explanation/performance.md)

# Other inputs every time, and many more of them than a test run has.
FUZZ_INPUTS ?= 20000

fuzz: .venv/.dev
	@HYPOTHESIS_PROFILE=deep TRACKER_TEST_FUZZ_INPUTS=$(FUZZ_INPUTS) \
		.venv/bin/python -m pytest -n 2 tests/attacks/test_fuzz.py

lint: .venv/.dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy --strict
	@.venv/bin/lint-imports --no-logo

# Tries one small mistake after another, and says which of them no test notices; it goes on where
# it was ended, and `make clean` forgets what it found. All of it takes an hour or two; a part of it,
# such as MUTANTS="sharing engine", less.
mutants: .venv/.mutation
	@.venv/bin/python -m tests.mutants run $(MUTANTS)
	@.venv/bin/python -m tests.mutants $(MUTANTS)

# The site, in build/docs; its pictures are drawn by the tool meanwhile.
docs: .venv/.docs
	@.venv/bin/python -m sphinx -W --keep-going -n -q -b html docs build/docs
	@echo "The site is build/docs/index.html"

docs-reference: .venv/.runtime
	@.venv/bin/python -m tracker.cli.reference

clean:
	rm -rf .venv build dist htmlcov mutants .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=..." >&2; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# A stamp is as new as the last installation; only a change of what to install makes it stale.
.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing tracker"
	@$(PIP) install -e . -c constraints.txt
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing tracker and what its tests need"
	@$(PIP) install -e '.[dev]' -c constraints.txt
	@touch .venv/.runtime $@

.venv/.bench: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing tracker, and what it is compared with"
	@$(PIP) install -e '.[benchmarks]' -c constraints.txt
	@touch .venv/.runtime $@

.venv/.docs: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing tracker, and what its site is made with"
	@$(PIP) install -e '.[docs]' -c constraints.txt
	@touch .venv/.runtime $@

.venv/.mutation: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing tracker, what its tests need, and mutmut"
	@$(PIP) install -e '.[mutation]' -c constraints.txt
	@touch .venv/.runtime .venv/.dev $@
