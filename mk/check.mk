# What runs the tests.
SHELL_TESTS := $(sort $(wildcard tests/test_*.sh tests/commands/test_*.sh tests/cuda/test_*.sh))
# Those that run the stand-alone program ($OCSP) and no host ($DARKNET).
CLI_TESTS := $(if $(SHELL_TESTS),$(shell grep -lw OCSP $(SHELL_TESTS) | xargs -r grep -Lw DARKNET))

.PHONY: check check-programs check-run check-long asan asan-programs coverage coverage-programs bench

check-programs: $(PROGRAM) $(UNIT_TESTS) $(CUDA_TESTS) $(DEVICE_TEST) $(REPLAYS) $(TOOLS) host host-gpu $(HOST_TESTS) $(HOST_RUNNER)

# What does not build counts as failed there; the rest still runs.
check: ## every test that takes seconds; sets itself up
	@scripts/setup.sh
	+@$(MAKE) --no-print-directory -k check-programs || true
	+@$(MAKE) --no-print-directory check-run

# In a make of its own: which tests there are depends on what setup.sh has fetched.
check-run:
	@tests/run $(UNIT_TESTS) $(CUDA_TESTS) $(DEVICE_TEST) $(REPLAYS) $(SHELL_TESTS) $(HOST_TESTS)

check-long: check-programs ## the tests that take minutes
	@TEST_LIMIT_S=7200 tests/run $(sort $(wildcard tests/long/*.sh))

asan: ## unit and command line tests under AddressSanitizer and UBSan
	+@$(MAKE) --no-print-directory CONFIG=asan asan-programs

asan-programs: $(PROGRAM) $(UNIT_TESTS) $(CUDA_TESTS) $(REPLAYS)
	@tests/run $(UNIT_TESTS) $(CUDA_TESTS) $(REPLAYS) $(CLI_TESTS)

coverage: ## lines of net/, layers/, prune/ and lint/ that unit tests and replays execute
	+@$(MAKE) --no-print-directory CONFIG=coverage coverage-programs
	@scripts/coverage.sh build/coverage net layers prune lint

coverage-programs: $(UNIT_TESTS) $(REPLAYS)
	@find $B -name '*.gcda' -delete
	@tests/run $(UNIT_TESTS) $(REPLAYS) >$B/tests.log || { tail -n 1 $B/tests.log; exit 1; }
	@tail -n 1 $B/tests.log

bench: $(BENCHES) ## measures what a decision of pruning costs
	@set -e; for program in $(BENCHES); do $$program; done
