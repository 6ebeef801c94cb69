# Everything people run here. `make` alone lists it.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# One process a core, between 2 and 8; each answers one request at a time.
CORES = $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
WORKERS ?= $(shell n=$(CORES); echo $$((n < 2 ? 2 : n > 8 ? 8 : n)))
export HOST PORT

VENV := .venv
RUN := $(VENV)/bin/python -m
FLASK := $(RUN) flask --app app
BABEL := $(RUN) babel.messages.frontend
INSTALL := $(RUN) pip install --quiet --disable-pip-version-check

# A stamp carries the checksum of what it stands for: the same pins install nothing twice.
checksum = $(shell cat $(1) | cksum | tr ' ' '-')
PACKAGES := $(VENV)/packages-$(call checksum,requirements.txt)
TOOLS := $(VENV)/tools-$(call checksum,requirements.txt requirements-dev.txt)
# LibreOffice may be there without Writer: only this file tells.
WRITER := /usr/lib*/libreoffice/program/libswlo.so /opt/libreoffice*/program/libswlo.so
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
TEMPLATE := .cache/messages.pot

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test chromium soffice wrk check lint fix types imports bench crash translate migrate

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Running ------------------------------------------------------------------------------------

run: $(PACKAGES) $(CATALOGUES)  ## Serve at http://HOST:PORT, after preparing whatever is missing
	@# The server itself would share a port with one that listens already.
	@$(VENV)/bin/python -c "$$TRY_PORT" '$(HOST)' '$(PORT)'
	@exec $(RUN) flask --app start serve --workers $(WORKERS)

demo: $(PACKAGES) $(CATALOGUES)  ## Fill the shipped campaign with plausible answers
	@$(FLASK) init
	@$(FLASK) demo

define TRY_PORT
import os, socket, sys
host, port = sys.argv[1:]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
try:
    socket.create_server((host, int(port)), family=family).close()
except OSError as error:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    sys.exit(f"Cannot serve at {host}:{port}: {reason}. Another port: make run PORT=8001")
except (OverflowError, ValueError):
    sys.exit(f"Cannot serve at {host}:{port}: a port is a number up to 65535.")
endef
export TRY_PORT

# --- Checking -----------------------------------------------------------------------------------

check: lint types imports test  ## Everything a change must pass

test: $(TOOLS) $(CATALOGUES) chromium soffice  ## Run the tests; ARGS="tests/forms -x" to choose
	$(RUN) pytest -n 2 $(ARGS)

lint: $(TOOLS)  ## Check style
	$(RUN) ruff format --check .
	$(RUN) ruff check .

fix: $(TOOLS)  ## Repair what style can be repaired by itself
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

types: $(TOOLS)  ## Check types
	$(RUN) mypy

imports: $(TOOLS)  ## Check that rooms import each other in one direction
	$(VENV)/bin/lint-imports --no-logo

bench: $(TOOLS) $(CATALOGUES) wrk  ## Measure speed against bare Flask and bare XlsxWriter
	$(RUN) tests.bench

crash: $(TOOLS) $(CATALOGUES)  ## Kill the server 200 times while people send, on both databases
	$(RUN) tests.crash

# --- Writing ------------------------------------------------------------------------------------

translate: $(TOOLS)  ## Bring the catalogues up to date with the sentences in the sources
	@mkdir -p $(dir $(TEMPLATE))
	$(BABEL) extract --mapping-file babel.cfg --no-location \
		--keywords "lazy_gettext lazy_ngettext:1,2 lazy_pgettext:1c,2" \
		--output-file $(TEMPLATE) .
	$(BABEL) update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
		--width 100 --input-file $(TEMPLATE) --output-dir translations

migrate: $(TOOLS)  ## Write the migration of changed tables; MESSAGE="Add the letter table"
	@test -n "$(MESSAGE)" || { echo 'Say what changes: make migrate MESSAGE="..."' >&2; exit 1; }
	$(FLASK) db upgrade
	$(FLASK) db migrate --message "$(MESSAGE)"

# --- What the above needs -----------------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'Phiếu needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'On Debian: apt-get install python3-venv' >&2; exit 1; }

$(PACKAGES): $(VENV)/bin/python
	@echo 'Installing requirements.txt'
	@$(INSTALL) --requirement requirements.txt
	@rm -f $(VENV)/packages-* && touch $@

$(TOOLS): $(PACKAGES)
	@echo 'Installing requirements-dev.txt'
	@$(INSTALL) --requirement requirements-dev.txt
	@rm -f $(VENV)/tools-* && touch $@

%.mo: %.po | $(PACKAGES)
	@$(BABEL) --quiet compile --input-file $< --output-file $@

# $(call ensure,NAMES,PACKAGE): a command or file of these is there, or root installs the package.
define ensure
@for name in $(1); do command -v $$name >/dev/null && exit 0; [ -e $$name ] && exit 0; done; \
if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	echo 'The tests need $(2): sudo apt-get install -y $(2)' >&2; exit 1; \
fi; \
echo 'Installing $(2)'; export DEBIAN_FRONTEND=noninteractive; \
apt-get -qq update && apt-get -qq install -y --no-install-recommends $(2) >/dev/null
endef

chromium:
	$(call ensure,chromium chromium-browser google-chrome,chromium)

wrk:  # loads the servers that are measured
	$(call ensure,wrk,wrk)

soffice:  # recalculates workbooks and prints documents in the tests
	$(call ensure,soffice,libreoffice-calc-nogui)
	$(call ensure,$(WRITER),libreoffice-writer-nogui fonts-liberation2)
