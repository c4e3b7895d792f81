# Every habit is one command; `make help` lists them. The work is CMake's: see CMakePresets.json.

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
SEEDS ?= 1200
PREFIX ?= /usr/local
TESTS ?= .

.NOTPARALLEL:
.DEFAULT_GOAL := help
unexport MAKEFLAGS MFLAGS MAKELEVEL

BUILD = cmake --preset $(1) && cmake --build --preset $(1) -j $(JOBS)
CHECK = ctest --preset $(1) -j $(JOBS)

.PHONY: help run test build room one asan tsan clang coroutines seeds fuzz bench bench-echo bench-http bench-idle bench-python oracle docs checks install format tidy setup clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

run: ## set up, build and take the tour: every program of the documents, between real processes
	tools/setup build
	$(call BUILD,release)
	build/release/cli/priz tour

test: ## set up, build and run every test
	tools/setup test
	$(call BUILD,dev)
	$(call CHECK,dev)

build: ## build everything (build/dev)
	$(call BUILD,dev)

room: ## build and run one room's tests: make room R=core
	cmake --preset dev && cmake --build --preset dev -j $(JOBS) --target $(R)_test
	ctest --preset dev -j $(JOBS) -L '^$(R)$$'

one: ## run the tests whose name matches: make one TESTS='endpoint\..*port'
	$(call BUILD,dev)
	ctest --preset dev -j $(JOBS) -R '$(TESTS)'

asan: ## every test under AddressSanitizer and UndefinedBehaviorSanitizer
	$(call BUILD,asan)
	$(call CHECK,asan)

tsan: ## every test under ThreadSanitizer
	$(call BUILD,tsan)
	$(call CHECK,tsan)

clang: ## build with Clang 19 what its sanitizers' builds leave out; check the system calls' doors and co_await's uses
	$(call BUILD,clang) --target bench/all cli/all tests/costs/all checks_doors
	ctest --preset clang -R '^checks\.(doors|coroutines)$$'

coroutines: ## check co_await's uses in every source file, the tests too (3 minutes)
	cmake --preset clang
	tools/check_coroutines.py build/clang --all

seeds: ## that nothing cancelled is lost, by simulation: SEEDS (1200) seeds of each scenario
	cmake --preset dev && cmake --build --preset dev -j $(JOBS) --target law_test
	LAW_SEEDS=$(SEEDS) build/dev/tests/law/law_test

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	$(call BUILD,fuzz)
	tools/fuzz build/fuzz $(FUZZ_SECONDS)

bench: ## build and run the benchmarks
	$(call BUILD,bench)
	@for program in build/bench/bench/*_bench; do $$program --benchmark_enable_random_interleaving=true \
		--benchmark_repetitions=8 --benchmark_report_aggregates_only=true || exit 1; done

bench-echo: ## echo servers on priz, plain C, Asio, libuv and asyncio side by side (20 minutes)
	tools/setup bench
	cmake --preset bench && cmake --build --preset bench -j $(JOBS) --target bench_echo
	/usr/bin/python3 bench/echo/compare.py build/bench/bench

bench-http: ## web servers on priz, plain C, Boost.Beast, nginx and h2o side by side (15 minutes)
	tools/setup bench
	cmake --preset bench && cmake --build --preset bench -j $(JOBS) --target bench_http
	/usr/bin/python3 bench/http/compare.py build/bench/bench

bench-idle: ## what 100,000 connections that say nothing take, on priz, plain C, libuv and Asio (5 minutes, as root)
	tools/setup bench
	cmake --preset bench && cmake --build --preset bench -j $(JOBS) --target bench_echo
	/usr/bin/python3 bench/idle/hold.py build/bench/bench

bench-python: ## the Python module beside CPython's own, call by call
	cmake --preset release && cmake --build --preset release -j $(JOBS) --target priz_python_package
	taskset -c 0 /usr/bin/python3 bench/python/compare.py build/release/python

oracle: ## judge the Python module by every test of CPython's that has to do with sockets (10 minutes)
	cmake --preset dev && cmake --build --preset dev -j $(JOBS) --target priz_python_package
	/usr/bin/python3 tests/python/oracle --module-dir build/dev/python/priz -t all --retries 0

docs: ## the reference, in build/dev/reference/html; a warning fails
	cmake --preset dev && cmake --build --preset dev --target docs

checks: ## rooms, style, format, documents, and the checks' own tests
	$(call BUILD,dev)
	ctest --preset dev -j $(JOBS) -L '^checks$$'

install: ## install below PREFIX (/usr/local)
	tools/setup build
	cmake --preset release && cmake --build --preset release -j $(JOBS)
	cmake --install build/release --prefix $(PREFIX)
	[ "$$(id -u)" != 0 ] || ldconfig  # a library in a folder that the system searches is found from now on

format: ## let clang-format have its way with every C++ file
	tools/check_format.py --fix

tidy: ## clang-tidy over the libraries and the tool
	tools/setup tidy
	cmake --preset clang
	run-clang-tidy-19 -quiet -j $(JOBS) -p build/clang '/(src|cli)/(?!.*_test\.cpp).*\.cpp$$'

setup: ## install the Debian packages that are missing
	tools/setup test

clean: ## remove every build folder
	rm -rf build
