# Everything a newcomer needs; each target makes its own virtual environment from the lock file.

.DEFAULT_GOAL := help
.PHONY: help demo test rules coverage on-network quick check format lint types layers spelling bench serve lock artifacts protocol vectors clean javascript cometbft kubo

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
STAMP := $(VENV)/.installed
CODE := chain contracts node api clients examples tests bench
ENGINE := chain/engine/cometbft/build
VAULT := node/vault/build
JAVASCRIPT := tests/e2e/javascript
WORKERS ?= 2
# Tests that use no ledger, or one whose clock they set: once is enough.
PURE := tests/contracts/beacon tests/contracts/clearance tests/node/beacon \
	tests/contracts/bundles tests/contracts/commitments tests/contracts/documents \
	tests/contracts/origin/findings tests/contracts/origin/xml \
	tests/node/vault tests/node/network tests/node/exchange tests/node/subscriptions \
	tests/contracts/payments tests/node/debt tests/node/payments tests/node/settlement \
	tests/contracts/test_artifacts.py tests/contracts/test_gas.py

# Tests of one call each, whose answers the machine gives alike on any ledger; where the order of
# many calls matters, stateful tests beside them run on both.
ONE_CALL := tests/contracts/origin/test_origin.py tests/contracts/issuance \
	$(addprefix tests/contracts/membership/test_,keys.py governance.py)

# Tests of the node that are about how its records are ordered.
ORDERED := $(addprefix tests/node/test_,flow.py seam.py crashes.py carrier.py together.py governance.py \
	life_models.py)

# What decides by itself, without a ledger; its tests are the ones whose coverage is watched.
RULES := chain.proofs api.tax api.origin.determination api.risk node.debt \
	contracts.clearance.declaration contracts.commitments contracts.documents
RULES_TESTS := tests/chain/proofs tests/api/tax tests/api/origin tests/api/risk tests/node/debt \
	tests/contracts/clearance/declaration tests/contracts/commitments tests/contracts/documents

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Take a certificate of origin from issue to offline verification.
	@$(BIN)/python -m examples.demo $(DEMO)

test: $(STAMP) javascript cometbft kubo ## Run all tests; what is skipped for want of a program is listed.
	$(BIN)/pytest -rsR -n $(WORKERS) --dist worksteal $(TESTS)

rules: $(STAMP) ## Run the tests of proofs and rules: they must reach 95 % of the branches.
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal -m "not slow" --cov-fail-under=95 \
		--cov-report=term:skip-covered $(addprefix --cov=,$(RULES)) $(RULES_TESTS)

coverage: $(STAMP) javascript cometbft kubo ## Run all tests with branch coverage, about five times slower.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered $(TESTS)

on-network: $(STAMP) cometbft ## Run the tests above the seam on a network's ledger, which CometBFT orders.
	$(BIN)/pytest -rR -n $(WORKERS) --dist worksteal --ledger network -m "not slow" \
		$(addprefix --ignore=,$(PURE) $(ONE_CALL)) --ignore-glob='*/test_form*' \
		-k "not whole_life or from_the_application or race" \
		tests/contracts $(ORDERED) tests/api/test_life.py tests/clients/sdk

quick: $(STAMP) ## Run the tests that take less than ten seconds each.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow" $(TESTS)

check: format lint types layers spelling rules on-network test ## What CI runs.

format: $(STAMP) ## Check the format.
	$(BIN)/ruff format --check $(CODE)

lint: $(STAMP) ## Check the style.
	$(BIN)/ruff check $(CODE)

types: $(STAMP) ## Check the types: mypy everywhere, pyright where proofs and clients are.
	$(BIN)/mypy
	$(BIN)/pyright

layers: $(STAMP) ## Check that imports point downwards.
	$(BIN)/lint-imports

spelling: $(STAMP) ## Check the spelling.
	$(BIN)/codespell chain contracts node api clients tests bench docs examples *.md

bench: $(STAMP) javascript cometbft ## Measure, as ratios, and keep the results.
	$(BIN)/python bench/run.py

serve: $(STAMP) ## Serve the demo's ledger over HTTP (Ethereum JSON-RPC on port 8545).
	@test -d demo/ledger || { echo "run make demo first"; exit 1; }
	@TRADESEAL_PASSWORD_FILE=demo/password $(BIN)/tradeseal ledger serve \
		--folder demo/ledger --genesis demo/genesis.json --key demo/sealing.pem $(SERVE)

javascript: ## Install clients of other makers for the tests, where npm is.
	@if command -v npm >/dev/null && ! test -e $(JAVASCRIPT)/node_modules/.installed; then \
		echo "Installing ethers, cast and anvil…"; \
		(cd $(JAVASCRIPT) && npm install --silent --no-save --no-audit --no-fund && touch node_modules/.installed) \
		|| echo "npm failed: the tests with ethers and cast will be skipped"; fi

cometbft: ## Build CometBFT, where Go is: the engine of a network.
	@if command -v go >/dev/null; then \
		test bin/cometbft -nt $(ENGINE)/go.sum || { echo "Building CometBFT…"; \
		mkdir -p bin && go build -C $(ENGINE) -trimpath -o "$(CURDIR)/bin/cometbft" \
			github.com/cometbft/cometbft/cmd/cometbft && touch bin/cometbft; }; \
	else test -x bin/cometbft || command -v cometbft >/dev/null \
		|| echo "Without Go 1.24 or newer there is no CometBFT: the tests of networks will be skipped"; fi

kubo: ## Build Kubo (IPFS), where Go is: a vault that organisations share.
	@if command -v go >/dev/null; then \
		test bin/ipfs -nt $(VAULT)/go.sum || { echo "Building Kubo, some minutes…"; \
		mkdir -p bin && go build -C $(VAULT) -trimpath -o "$(CURDIR)/bin/ipfs" \
			github.com/ipfs/kubo/cmd/ipfs && touch bin/ipfs; } \
		|| echo "Kubo was not built (it needs Go 1.26): its tests will be skipped"; \
	else test -x bin/ipfs || command -v ipfs >/dev/null \
		|| echo "Without Go 1.26 or newer there is no Kubo: its tests will be skipped"; fi

protocol: $(STAMP) ## Generate the ABCI classes from their .proto file.
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. chain/engine/cometbft/abci.proto

artifacts: $(STAMP) ## Compile the contracts into their committed artifacts.
	$(BIN)/python -m contracts.artifacts.build

vectors: $(STAMP) ## Generate the verifier's test vectors anew, after a change of contracts.
	$(BIN)/python tests/vectors/generate.py

lock: $(STAMP) ## Resolve the dependencies anew.
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--extra dev --no-header --upgrade pyproject.toml -o requirements.lock

clean: ## Remove what the targets have made, the demo's folder included.
	rm -rf $(VENV) demo network .mypy_cache .ruff_cache .hypothesis .coverage* $(JAVASCRIPT)/node_modules
