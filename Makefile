# assay: GNU make. `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.

# All cores, unless -j is given. A make below another one shares that one's (GNU make < 4.4 tells only the shell of it).
ifeq ($(filter -j% --jobs% --jobserver%,$(MAKEFLAGS) $(shell echo "$$MAKEFLAGS")),)
MAKEFLAGS += -j$(shell nproc)
endif

# Several goals go one after another (`make clean all`), each on all cores.
ifneq ($(word 2,$(MAKECMDGOALS)),)
.PHONY: $(MAKECMDGOALS) in-turn
$(MAKECMDGOALS): in-turn
	@:
in-turn:
	@set -e; for goal in $(MAKECMDGOALS); do $(MAKE) --no-print-directory "$$goal"; done
else

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC := gcc
AR := gcc-ar
# Only the demo and test targets may touch apt, through this script, and only for what is missing.
SETUP := sh engine/setup.sh

ROOMS := engine/base engine/kern engine/io engine/layer engine/net engine/net/keras engine/verify engine/batch \
         engine/run engine/bench attacks attacks/natural attacks/probes attacks/defences metrics datasets configs reports
LIB_SRC := $(sort $(wildcard $(addsuffix /*.c,$(ROOMS))))
CLI_SRC := $(sort $(wildcard engine/cli/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)
# One Criterion binary a folder of tests that holds test_*.c.
TEST_ROOMS := $(sort $(patsubst %/,%,$(dir $(wildcard tests/*/test_*.c))))
TEST_BIN := $(TEST_ROOMS:tests/%=$(BUILD)/tests/%/run)

SAN ?=
# make V=1 shows the commands
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)  $(or $(2),$@)")
# A product is made under a name of its own and then renamed: whatever ends make, and whoever else makes it in the same
# folder, it is there whole or not at all.
NEW = $@.new.$$$$
PLACE = mv -f $(NEW) $@ || { rm -f $(NEW); exit 1; }
.PRECIOUS: $(BUILD)/%.o $(BUILD)/assay $(BUILD)/libassay.a $(TEST_BIN)
# While only building, what a compiler says stays in one piece.
ifeq ($(filter-out all lib test-programs $(BUILD)/%,$(or $(MAKECMDGOALS),all)),)
MAKEFLAGS += --output-sync=target
endif
CFLAGS := -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wconversion -Werror -ffp-contract=off $(SAN)
CPPFLAGS := -I. -MMD -MP
THIRD_CFLAGS = $(shell pkg-config --cflags hdf5 libpng libjpeg libcjson libzip gsl nettle zlib libseccomp 2>/dev/null)
LDLIBS = $(shell pkg-config --libs hdf5 libpng libjpeg libcjson libzip nettle zlib libseccomp) -lgsl -lopenblas -lpthread -lm
GIT_COMMIT = $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

.DEFAULT_GOAL := all
.PHONY: all lib demo test check quick unit cli-test check-deps test-programs asan ubsan tsan tsan-check check-cpu nightly \
        bench install uninstall clean help setup setup-test

all: $(BUILD)/assay

help:
	@sed -n 's/^## //p' Makefile tests/*/*.mk

## make              build $(BUILD)/assay
## make demo         install what is missing, build, prepare the demo data, run the main job
## make test         install what is missing, build, run all tests; ends with their totals
## make quick        tests without set-up and without the command-line suite
## make asan ubsan   tests under the sanitizers
## make tsan         unit tests and what runs on several threads of the program, under ThreadSanitizer
## make check-cpu    tests at each instruction set that the machine has: scalar, AVX2, AVX-512; CPU="scalar avx2"
## make nightly      tests, check-cpu, sanitizers, fuzz, torture: one line each, on through failures; NIGHTLY="asan tsan"
## make bench        kernels and nets against the measured peak and OpenBLAS
## make install      into $(DESTDIR)$(PREFIX)
## make clean        remove $(BUILD)

setup:
	@$(SETUP) build demo
setup-test:
	@$(SETUP) build demo test

demo: setup
	@$(MAKE) --no-print-directory all
	@sh datasets/demo/prepare.sh $(BUILD)/assay demo/data
	@sh datasets/demo/run.sh $(BUILD)/assay demo

test: setup-test
	@$(MAKE) --no-print-directory check

# Builds on all cores; the tests themselves go one after another, on through failures, to one line of totals.
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
CHECK = $(PYTHON) tests/check.py --make "$(MAKE_COMMAND) CC='$(CC)'"
CHECK_STEPS := unit deps cli
test-programs: all $(TEST_BIN)

check: test-programs
	@$(CHECK) $(BUILD) $(CHECK_STEPS)
quick: test-programs
	@$(CHECK) $(BUILD) unit deps
unit: test-programs
	@$(CHECK) $(BUILD) unit
cli-test: all
	@$(CHECK) $(BUILD) cli
check-deps:
	@sh tests/check_deps.sh

asan:
	@LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
	  $(MAKE) --no-print-directory BUILD=$(BUILD)-asan SAN="-fsanitize=address -fno-omit-frame-pointer" check
ubsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-ubsan SAN="-fsanitize=undefined -fno-sanitize-recover=all" check
# All unit tests; of the program what runs nets and passes on several threads (ten times as slow as without).
TSAN_CLI := repeat image
tsan:
	@TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1 $(MAKE) --no-print-directory BUILD=$(BUILD)-tsan SAN=-fsanitize=thread \
	  TEST_MAIN=tests/tsan/main.c tsan-check
comma := ,
listed = $(subst $() $(),$(comma),$(strip $(1)))
tsan-check: test-programs
	@$(CHECK) $(BUILD) unit cli=$(call listed,$(TSAN_CLI))
CPU ?= scalar avx2 avx512
check-cpu: test-programs
	@$(CHECK) --cpu $(call listed,$(CPU)) $(BUILD) unit cli

NIGHTLY ?= check scalar avx2 avx512 asan ubsan tsan fuzz torture
nightly:
	@$(PYTHON) tests/nightly.py --make "$(MAKE_COMMAND) --no-print-directory CC='$(CC)' BUILD='$(BUILD)'" $(BUILD)/nightly $(NIGHTLY)

bench: all
	@$(BUILD)/assay bench

install: all
	install -D -m 755 $(BUILD)/assay $(DESTDIR)$(PREFIX)/bin/assay
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/assay/README.md

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/assay $(DESTDIR)$(PREFIX)/share/doc/assay/README.md

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-ubsan $(BUILD)-tsan

$(BUILD)/assay: $(CLI_OBJ) $(BUILD)/libassay.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -o $(NEW) $^ $(LDLIBS) && $(PLACE)

lib: $(BUILD)/libassay.a
$(BUILD)/libassay.a: $(LIB_OBJ)
	$(call say,AR  )
	$(Q)rm -f $(NEW); $(AR) rcs $(NEW) $^ && $(PLACE)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  ,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FILE_CFLAGS) -MT $@ -MF $(NEW).d -c -o $(NEW) $< && mv -f $(NEW).d $(@:.o=.d) && $(PLACE)

# Third-party headers only where design.md lets them in; instruction-set flags only on kernel variants.
$(BUILD)/engine/io/%.o: FILE_CFLAGS = $(THIRD_CFLAGS)
$(BUILD)/metrics/%.o: FILE_CFLAGS = $(THIRD_CFLAGS)
$(BUILD)/reports/version.o: FILE_CFLAGS = -DASSAY_GIT_COMMIT='"$(GIT_COMMIT)"'
-include engine/kern/flags.mk
-include tests/fuzz/fuzz.mk tests/torture/torture.mk tests/one_row/one_row.mk

# One binary a folder of tests. TEST_MAIN: a file with a runner in the place of Criterion's.
define TEST_RULE
$$(BUILD)/tests/$(1)/run: $$(patsubst %.c,$$(BUILD)/%.o,$$(TEST_MAIN) $$(sort $$(wildcard tests/$(1)/*.c))) $$(BUILD)/libassay.a
	$$(call say,LINK)
	$$(Q)$$(CC) $$(CFLAGS) -o $$(NEW) $$^ $$(LDLIBS) -lcriterion && $$(PLACE)
endef
$(foreach room,$(TEST_ROOMS:tests/%=%),$(eval $(call TEST_RULE,$(room))))

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d)
-include $(foreach d,$(TEST_ROOMS),$(patsubst %.c,$(BUILD)/%.d,$(wildcard $(d)/*.c)))

endif # one goal
