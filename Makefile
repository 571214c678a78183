# assay: GNU make. `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC := gcc
AR := gcc-ar
# Only the demo and test targets may touch apt, through this script, and only for what is missing.
SETUP := sh engine/setup.sh

ROOMS := engine/base engine/kern engine/io engine/layer engine/net engine/net/keras engine/verify engine/batch \
         engine/run engine/bench attacks attacks/natural attacks/probes metrics datasets configs reports
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
say = $(if $(V),,@echo "  $(1)  $@")
CFLAGS := -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wconversion -Werror -ffp-contract=off $(SAN)
CPPFLAGS := -I. -MMD -MP
THIRD_CFLAGS = $(shell pkg-config --cflags hdf5 libpng libcjson libzip gsl nettle zlib libseccomp 2>/dev/null)
LDLIBS = $(shell pkg-config --libs hdf5 libpng libcjson libzip nettle zlib libseccomp) -lgsl -lopenblas -lpthread -lm
GIT_COMMIT = $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

.DEFAULT_GOAL := all
.PHONY: all lib demo test check quick unit cli-test check-deps asan ubsan tsan tsan-check check-cpu bench install uninstall clean help setup setup-test
.DELETE_ON_ERROR:

all: $(BUILD)/assay

help:
	@sed -n 's/^## //p' Makefile tests/*/*.mk

## make              build $(BUILD)/assay
## make demo         install what is missing, build, prepare the demo data, run the main job
## make test         install what is missing, build, run all tests
## make quick        tests without set-up and without the command-line suite
## make asan ubsan   tests under the sanitizers
## make tsan         what has threads, under ThreadSanitizer
## make check-cpu    tests at each instruction set: scalar, AVX2, AVX-512
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

check: all unit check-deps cli-test
quick: all unit check-deps

unit: $(TEST_BIN)
	@set -e; for t in $(TEST_BIN); do echo "== $$t"; $$t $(TEST_FLAGS); done

cli-test: all
	@sh tests/cli/run.sh $(BUILD)/assay

check-deps:
	@sh tests/check_deps.sh

asan:
	@LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
	  $(MAKE) --no-print-directory BUILD=$(BUILD)-asan SAN="-fsanitize=address -fno-omit-frame-pointer" check
ubsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-ubsan SAN="-fsanitize=undefined -fno-sanitize-recover=all" check
# Only what starts threads, so that it ends within minutes.
TSAN_UNITS := base batch metrics net
TSAN_CLI := repeat image
tsan:
	@TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1 $(MAKE) --no-print-directory BUILD=$(BUILD)-tsan SAN=-fsanitize=thread \
	  TEST_MAIN=tests/tsan/main.c tsan-check
tsan-check: all $(TSAN_UNITS:%=$(BUILD)/tests/%/run)
	@set -e; for room in $(TSAN_UNITS); do echo "== $$room"; $(BUILD)/tests/$$room/run; done
	@sh tests/cli/run.sh $(BUILD)/assay $(TSAN_CLI)
check-cpu: all unit
	@set -e; for cpu in scalar avx2 avx512; do echo "==== ASSAY_CPU=$$cpu"; \
	  ASSAY_CPU=$$cpu $(MAKE) --no-print-directory unit cli-test; done

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
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

lib: $(BUILD)/libassay.a
$(BUILD)/libassay.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FILE_CFLAGS) -c -o $@ $<

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
	$$(Q)$$(CC) $$(CFLAGS) -o $$@ $$^ $$(LDLIBS) -lcriterion
endef
$(foreach room,$(TEST_ROOMS:tests/%=%),$(eval $(call TEST_RULE,$(room))))

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d)
-include $(foreach d,$(TEST_ROOMS),$(patsubst %.c,$(BUILD)/%.d,$(wildcard $(d)/*.c)))
