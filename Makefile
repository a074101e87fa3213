# Remanso. `make help` lists the targets.
SWIFT ?= swift
SOURCES = Package.swift Plugins Sources Tests Benchmarks/Package.swift Benchmarks/Sources
RELEASE = -c release --static-swift-stdlib

.PHONY: all demo test bench prove proveapplications kernels format lint install clean help

all: ## release build: .build/release/remanso and remanso-freezer
	@sh scripts/packages.sh build
	$(SWIFT) build $(RELEASE) --product remanso
	$(SWIFT) build $(RELEASE) --product remanso-freezer

demo: ## back up a live PostgreSQL and SQLite, wipe them, restore, prove (root)
	@sh scripts/packages.sh demo
	@$(MAKE) --no-print-directory all
	@sh scripts/as-root.sh bash demo/demo.sh

test: ## all tests, on real volumes and databases (root)
	@sh scripts/packages.sh test
	@sh scripts/as-root.sh bash scripts/test.sh

bench: ## the tables of docs/benchmarks.md (root, 45 minutes)
	@sh scripts/packages.sh bench
	@$(MAKE) --no-print-directory all
	@for tool in tracking-tool precopy-tool image-vault-tool; do $(SWIFT) build $(RELEASE) --product $$tool || exit 1; done
	@sh scripts/as-root.sh bash scripts/bench.sh

kernels: ## prove the tracker on Linux 6.1 and 6.12 in an emulated machine (10 minutes)
	@sh scripts/packages.sh kernels
	$(SWIFT) build $(RELEASE) --product tracking-tool
	@bash scripts/kernels.sh

prove: ## fifty images of each file system under load, each compared with the frozen device (root, half an hour)
	@sh scripts/packages.sh test
	$(SWIFT) build --build-tests -Xswiftc -O --scratch-path .build/prove
	@sh scripts/as-root.sh sh scripts/prove.sh $(SWIFT) test --skip-build --scratch-path .build/prove \
		--disable-xctest --no-parallel --filter SnapshotsTests.ProofTests

proveapplications: ## twenty backups of each database under a writer, each drilled and compared (root, quarter of an hour)
	@sh scripts/packages.sh test
	@$(MAKE) --no-print-directory all
	@sh scripts/as-root.sh python3 -B Benchmarks/applications/prove.py $(CURDIR)/.build/release/remanso 20

format: ## format all Swift sources
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

lint: ## check the format of all Swift sources and the shell scripts' syntax
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	@for script in scripts/*.sh demo/*.sh examples/*/*.sh .ci/run; do bash -n $$script || exit 1; done

PREFIX ?= /usr/local
install: ## install below PREFIX (/usr/local) what make has built
	@test -x .build/release/remanso || { echo "Nothing is built yet. Type: make" >&2; exit 1; }
	install -D -m 755 .build/release/remanso $(DESTDIR)$(PREFIX)/bin/remanso
	install -D -m 755 .build/release/remanso-freezer $(DESTDIR)$(PREFIX)/libexec/remanso/remanso-freezer
	install -d $(DESTDIR)/etc/systemd/system
	for unit in packaging/systemd/*; do \
		sed 's#/usr/bin/remanso#$(PREFIX)/bin/remanso#' $$unit > $(DESTDIR)/etc/systemd/system/$$(basename $$unit); \
	done

clean: ## remove what was built
	rm -rf .build Benchmarks/.build

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
