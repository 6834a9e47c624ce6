# Every target sets up first: an environment in .venv with the package, the kit and the tools of the project.
# Nothing here needs root or the network, but for the one installation.

# Programs are started by the hundred, and tests are read by each of two processes: compiled once is enough.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
REFERENCE := cmd:$(BIN)/coterie harness
SEEDS ?= 10000
# How often each fault has to meet each phase: a bar of ten thousand seeds, not of fewer.
LEAST := $(if $(filter 10000,$(SEEDS)),--least 20)
SLICE := 300
NODE := cmd:node conformance/adapters/node/peer.mjs
CAPTURES := vectors/captures
# Files with tests of a mark: to read all others in each process takes longer than to run some of these.
marked = $(sort $(shell grep -rl --include='test_*.py' 'mark\.$(1)\b' reference/tests conformance/tests benchmarks))

.PHONY: setup conformance test spec vectors check style drift house second-peer replays selftest bench bench-peers bench-load soak hour clean

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[kit,dev]'
	touch $@

## The kit judges the reference peer.
conformance: setup
	$(BIN)/coterie-kit test --peer "$(REFERENCE)"

## Everything that a change has to pass.
test: check
	$(BIN)/pytest -n 3 --dist worksteal -q -m "not serial and not live and not soak" --ignore=reference/tests/house
	$(BIN)/pytest -n 5 --dist loadfile -q -m live $(call marked,live)
	$(BIN)/pytest -q -m serial $(call marked,serial)
	$(BIN)/coterie-kit test --peer "$(REFERENCE)"
	$(MAKE) --no-print-directory --jobs 2 --output-sync second-peer replays
	$(BIN)/python -m reference.tests.simulation.soak --seeds 0..$(SLICE) --jobs 2
	$(BIN)/coterie-kit selftest --one-in 30 --killers 1
	$(BIN)/coterie-kit ledger

## What can be seen without running a peer: style, types, floors, and whether anything generated has drifted.
check: setup
	$(MAKE) --no-print-directory --jobs 3 --output-sync style drift house

style: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

drift: setup
	$(BIN)/python -m spec.tools check
	$(BIN)/python -m vectors.generator --check
	$(BIN)/coterie-kit capture --scenario all --check $(CAPTURES)

house: setup
	$(BIN)/pytest -q -p no:cacheprovider -m "not live" reference/tests/house

second-peer: setup
	node --test conformance/adapters/node/test/
	$(BIN)/coterie-kit test --peer "$(NODE)"

replays: setup
	perl conformance/adapters/perl/decode.t
	$(BIN)/coterie-kit judge --signatures $(CAPTURES)/*.pcapng
	for capture in $(CAPTURES)/*.pcapng; do $(BIN)/coterie-kit replay $$capture --as all || exit 1; done

## The draft as text and HTML, in spec/rendered/.
spec: setup
	$(BIN)/python -m spec.tools generate
	$(BIN)/python -m spec.tools render

## The vectors and the captures of scenarios, written from the reference peer.
vectors: setup
	$(BIN)/python -m vectors.generator
	$(BIN)/coterie-kit capture --scenario all $(CAPTURES)

## Mutants, liars and benign variants: whether the kit can tell.
selftest: setup
	$(BIN)/coterie-kit selftest --json conformance/kill-matrix.json

## Simulated groups, each judged by the kit's checker (SEEDS of 3 to 12 members, 200 of 32), simulated
## overlays and what befalls a public group in them, ten minutes of hostile octets, and every mutant against
## every case; this takes hours.
soak: setup
	$(BIN)/python -m reference.tests.simulation.soak --seeds 0..$(SEEDS) --jobs 2 $(LEAST)
	$(BIN)/python -m reference.tests.simulation.soak --seeds 0..200 --members 32 --jobs 2
	$(BIN)/python -m reference.tests.simulation.commons bars --jobs 2
	$(BIN)/pytest -q -m soak $(call marked,soak)
	$(BIN)/python -m reference.tests.fuzz --seconds 600 --seed 1
	$(BIN)/coterie-kit selftest --all --json conformance/kill-matrix.json

## An hour of talk through a bad network, in real time, judged by its traces.
hour: setup
	$(BIN)/python -m reference.tests.runtime.hour build/hour --minutes 60

## Figures beside those of bare primitives, into benchmarks/README.md.
bench: setup
	$(BIN)/pytest -q -o addopts="--import-mode=importlib" -p no:cacheprovider --benchmark-disable-gc \
		--benchmark-timer=time.process_time --benchmark-columns=median,iqr,ops,rounds benchmarks --record

## The peer beside Corosync and JGroups (needs root; installs their Debian packages), into benchmarks/README.md.
bench-peers: setup
	$(BIN)/python -m benchmarks.peers.compare --record

## Who carries what a group says, in an overlay of its own and through the main one, into benchmarks/README.md.
bench-load: setup
	$(BIN)/python -m benchmarks.load --record

clean:
	rm -rf .venv spec/rendered dist build
