# The front door. CMake does the work: see CMakePresets.json.
.DEFAULT_GOAL := build
.PHONY: help build run test clients bench format check clean packages package install

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

help:  ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:
	@tools/install_packages.sh build

build: packages  ## build the program, build/hearth, and the library
	@cmake --preset release > /dev/null
	@cmake --build --preset release -j $(JOBS) --target hearth hearth_library hearth_example

run: build  ## run the built-in model: a chat on a terminal, a story otherwise
	@if [ -t 0 ]; then build/hearth run; else build/hearth run --raw -p "Once upon a time"; fi

test: packages  ## build and run every test
	@cmake --preset release > /dev/null
	@cmake --build --preset release -j $(JOBS)
	@ctest --test-dir build --output-on-failure -j $(JOBS)

clients: build  ## run the clients of others (openai, anthropic, ollama, litellm, LangChain) against the server; takes the network
	@tests/clients/run.py build/hearth build/clients

bench: packages  ## measure this machine: the table of docs/benchmarks.md, then every kernel
	@tools/install_packages.sh bench
	@cmake --preset bench && cmake --build --preset bench -j $(JOBS)
	@bench/table.py build/hearth docs/benchmarks.md
	@for b in build/bench/*_bench; do $$b || exit 1; done

install: build  ## install the program, the library and its header under PREFIX (/usr/local)
	@cmake --install build --prefix $(PREFIX)

package: packages  ## a Debian package and a tarball that need only the C library, in build-package/packages
	@cmake --preset package > /dev/null
	@cmake --build --preset package -j $(JOBS)
	@cd build-package && cpack -B packages > packages.log || { cat packages.log; exit 1; }
	@tools/check_package.sh build-package

format:  ## format the sources in place
	@tools/install_packages.sh check
	@git ls-files -co --exclude-standard '*.cc' '*.h' '*.inl' | xargs clang-format-14 -i

check:  ## what CI runs: format, layers, sanitizers, fuzzers, tests
	@bash .ci/run

clean:  ## remove what was built
	@rm -rf build build-*
