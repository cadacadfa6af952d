# A tests/fuzz/fuzz_X.c is a fuzz target. Linked with replay.c it is the test $B/fuzz/X, over
# the inputs kept in tests/fuzz/corpus/X and tests/fuzz/crashes/X; with libFuzzer a fuzzer.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(FUZZ_TARGETS:%=$B/fuzz/%)
FUZZ_OBJ := $B/tests/fuzz/fuzz.o $B/tests/unit/state_file.o $(LIB_OBJ)

$(REPLAYS): $B/fuzz/%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/replay.o $(FUZZ_OBJ) mk/fuzz.mk
	$(call link,$(CC),$(LDLIBS))

$(FUZZ_TARGETS:%=$B/fuzzer/%): $B/fuzzer/%: $B/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) mk/fuzz.mk
	$(call link,$(CC) -fsanitize=fuzzer,$(LDLIBS))

.SECONDARY: $(patsubst %.c,$B/%.o,$(wildcard tests/fuzz/*.c))
-include $(patsubst %.c,$B/%.d,$(wildcard tests/fuzz/*.c))

FUZZ ?= cfg
FUZZ_SECONDS ?= 60

.PHONY: fuzz
fuzz: ## libFuzzer on one target, as FUZZ=cfg FUZZ_SECONDS=60
	@command -v clang >/dev/null || { echo "make fuzz needs clang with libFuzzer"; exit 1; }
	+@$(MAKE) --no-print-directory CONFIG=fuzz CC=clang CFLAGS="-O1 -g" build/fuzz/fuzzer/$(FUZZ)
	@scripts/fuzz.sh $(FUZZ) $(FUZZ_SECONDS)
