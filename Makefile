# Each target works from a bare clone on a Debian machine with Python 3.11 or newer, make and root (root only where a Debian package is missing).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ENGINES := build/.engines
SARIF_MULTITOOL := build/npm/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
AXE := build/npm/node_modules/axe-core/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help demo test check lossless bench fuzz docs screenshots clean

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Make an image with a deleted key in it, and find the key.
	@$(BIN)/python demo/demo.py

check: $(INSTALLED) ## Format, lint, types, the order of imports, generated docs.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tools/check_house.py
	$(BIN)/python -m imagelint.engine.docs --check
	$(BIN)/python tools/limits_page.py --check

test: $(INSTALLED) $(SARIF_MULTITOOL) $(AXE) $(ENGINES) ## Run every test, with a real Docker daemon, SARIF validator and browser.
	IMAGELINT_TEST_ALL=1 $(BIN)/python -m pytest --numprocesses auto --dist loadgroup

test-long: $(INSTALLED) $(SARIF_MULTITOOL) $(AXE) $(ENGINES) ## Run those tests too that see more of the same: half an hour more.
	IMAGELINT_TEST_ALL=1 IMAGELINT_TEST_LONG=1 $(BIN)/python -m pytest --numprocesses auto --dist loadgroup

$(ENGINES): tools/debian.sh Makefile
	@tools/debian.sh docker.io=dockerd 'docker-cli?=/usr/bin/docker' 'docker-buildx?=/usr/libexec/docker/cli-plugins/docker-buildx' \
	  busybox-static=/bin/busybox skopeo=skopeo podman=podman runc=runc docker-registry=docker-registry apache2-utils=htpasswd \
	  openssl=openssl git=git dpkg=dpkg-deb rpm=rpmbuild chromium=chromium mmdebstrap=mmdebstrap zsh=zsh fish=fish
	@mkdir -p $(@D) && touch $@

# In one run: npm takes away what a run does not name.
$(SARIF_MULTITOOL) $(AXE) &:
	@tools/debian.sh npm=npm
	npm install --prefix build/npm --no-save --no-package-lock --no-audit --no-fund --ignore-scripts @microsoft/sarif-multitool@5.7.0 axe-core@4.14.1
	chmod u+x $(SARIF_MULTITOOL)
	touch $(SARIF_MULTITOOL) $(AXE)

bench: $(INSTALLED) ## Measure what README.md claims; writes build/bench.txt.
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	mkdir -p build
	bash -c 'set -o pipefail; BIN=$(BIN) bench/all.sh 2>&1 | tee build/bench.txt'

FOLDERS := $(VENV)/lib /usr/lib /usr/share /etc
lossless: $(INSTALLED) ## Compare with detect-secrets on hundreds of MB; FOLDERS="..." MINUTES=10 to choose.
	$(BIN)/python -m tests.secrets.lossless --minutes $(or $(MINUTES),1440) $(FOLDERS)

SECONDS := 60
fuzz: $(INSTALLED) ## Fuzz the readers of hostile bytes, for a minute; SECONDS=1800 for half an hour.
	$(BIN)/python -m pip install --quiet --editable '.[fuzz]'
	$(BIN)/python -m fuzz.run --seconds $(SECONDS)

docs: $(INSTALLED) ## Generate docs/ from the rule files and the limits.
	$(BIN)/python -m imagelint.engine.docs
	$(BIN)/python tools/limits_page.py
	$(BIN)/python -m imagelint.config.schema > docs/config.schema.json

screenshots: $(INSTALLED) $(ENGINES) ## Take the pictures of the HTML report for docs/.
	$(BIN)/python tools/screenshots.py

clean: ## Remove everything that was made here.
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml hatch_build.py
	@PYTHON=$(PYTHON) tools/debian.sh python3-venv=python:ensurepip
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
