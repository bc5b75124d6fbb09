# make run    installs, builds and starts FastQueue on port 9080 with the embedded store (STORE=memory: without disk, STORE=redis: on a Redis)
# make test   installs what it needs and runs every check and test
.PHONY: run test test-long bench packages

# The lockfile decides: installed once, and again only when it changes.
node_modules/.installed: package-lock.json
	@npm ci --no-progress --loglevel=error >/dev/null
	@touch $@

dist/.built: node_modules/.installed $(shell find src compat -name '*.ts' 2>/dev/null) tsconfig.json tsconfig.build.json
	@npm run --silent build
	@touch $@

run: dist/.built
	@$(if $(STORE),FASTQUEUE_STORE=$(STORE)) exec node --disable-proto=delete dist/src/main.js

test: packages node_modules/.installed
	@node test/run.mjs

test-long: packages node_modules/.installed
	@LONG=1 node test/run.mjs

bench: dist/.built
	@node test/bench/run.mjs

# Programs the tests use beside Node. A laptop without root goes on without them; CI does not.
packages:
	@for pair in redis-server:redis-server strace:strace go:golang-go javac:default-jdk-headless mvn:maven; do \
	  command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing:$$missing"; apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
