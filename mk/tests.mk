# Unit tests, what shell tests run besides the program, and benchmarks.
TESTS_MK := $(RECIPES) mk/tests.mk

$B/tests/%.o: tests/%.c $(TESTS_MK)
	$(call compile,CC,$(OUR_CC) -Itests/unit)

# A tests/unit/test_X.c is a program; all tests share the other files there.
TEST_OBJ := $(patsubst %.c,$B/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
UNIT_TESTS := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))

# The calls of these sources that may fail do so where tests/unit/fault.h says.
FAULT_OBJ := $(LIB_OBJ:$B/%=$B/fault/%)
FAULT_TESTS := $(filter $B/tests/unit/test_fault%,$(UNIT_TESTS))

$(FAULT_OBJ): $B/fault/%.o: src_ocsp/%.c $(TESTS_MK)
	$(call compile,CC,$(OUR_CC) -include tests/unit/fault_calls.h,faults)

$(filter-out $(FAULT_TESTS),$(UNIT_TESTS)): %: %.o $(TEST_OBJ) $(LIB_OBJ) $(TESTS_MK)
	$(call link,$(CC),-lcmocka $(LDLIBS))

$(FAULT_TESTS): %: %.o $(TEST_OBJ) $(FAULT_OBJ) $(TESTS_MK)
	$(call link,$(CC),-lcmocka $(LDLIBS))

# A tests/tools/X.c is a program that tests run, a tests/bench/X.c one that measures; neither
# is a test. One of several files has a folder of its name.
TOOL_SRC := $(wildcard tests/tools/*.c tests/tools/*/*.c tests/bench/*.c)
TOOL_OBJ := $(TOOL_SRC:%.c=$B/%.o)
TOOLS := $(sort $(patsubst tests/%,$B/%,$(patsubst %/,%,$(dir $(wildcard tests/tools/*/*.c))) \
	$(basename $(wildcard tests/tools/*.c))))
BENCHES := $(patsubst tests/%.c,$B/%,$(wildcard tests/bench/*.c))

$(foreach tool,$(TOOLS) $(BENCHES),$(eval $(tool): $(filter $(tool:$B/%=$B/tests/%).o \
	$(tool:$B/%=$B/tests/%)/%,$(TOOL_OBJ))))
$(TOOLS) $(BENCHES): $(LIB_OBJ) $(TESTS_MK)
	$(call link,$(CC),$(LDLIBS))

.SECONDARY: $(UNIT_TESTS:=.o) $(TOOL_OBJ)
-include $(FAULT_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(UNIT_TESTS:=.d) $(TOOL_OBJ:.o=.d)
