# libFuzzer over the targets of tests/fuzz/targets.def; included by the Makefile. See tests/fuzz/README.md.

FUZZ_SECONDS ?= 60
FUZZ_CC ?= $(firstword $(foreach c,clang clang-14,$(if $(shell command -v $(c)),$(c))))
FUZZ_TARGETS ?= $(shell sed -n 's/^FUZZ_TARGET(\([a-z_]*\)).*/\1/p' tests/fuzz/targets.def)
# Targets that read JSON share a mutator of their own.
FUZZ_JSON := config csv graph report
FUZZ_BUILD := $(BUILD)-fuzz
FUZZ_SEEDS := $(BUILD)/tests/fuzz/seeds
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

.PHONY: fuzz fuzz-programs fuzz-coverage

## make fuzz         each fuzz target for FUZZ_SECONDS (60), under the sanitizers (needs clang); FUZZ_TARGETS="config csv"
fuzz: $(FUZZ_SEEDS)/made
	@test -n "$(FUZZ_CC)" || { echo "make fuzz: left out, it needs clang with libFuzzer"; exit 2; }
	@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC="$(FUZZ_CC)" SAN="$(FUZZ_SAN)" FUZZING=1 \
	  fuzz-programs
	@$(CHECK) $(FUZZ_BUILD) $(FUZZ_TARGETS:%=fuzz=$(FUZZ_SEEDS):$(FUZZ_SECONDS):%)

## make fuzz-coverage   lines that the corpora of make fuzz reach
fuzz-coverage: $(FUZZ_SEEDS)/made
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-cov CC="$(FUZZ_CC)" FUZZING=1 \
	  SAN="-O1 -fprofile-instr-generate -fcoverage-mapping -fsanitize=fuzzer-no-link" fuzz-programs
	@sh tests/fuzz/coverage.sh $(BUILD)-cov $(FUZZ_BUILD)/corpus $(FUZZ_SEEDS) $(FUZZ_TARGETS)

fuzz-programs: $(FUZZ_TARGETS:%=$(BUILD)/fuzz_%)

FUZZ_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/fuzz/test_%,$(wildcard tests/fuzz/*.c)))
FUZZ_MUTATE := tests/fuzz/libfuzzer/json_mutate.c
$(FUZZ_JSON:%=$(BUILD)/fuzz_%): FUZZ_OWN = $(FUZZ_MUTATE)
$(BUILD)/fuzz_%: $(FUZZ_OBJ) $(BUILD)/libassay.a tests/fuzz/libfuzzer/entry.c $(FUZZ_MUTATE)
	$(call say,LINK)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CPPFLAGS)) $(CFLAGS) -fsanitize=fuzzer -DTARGET=$* -o $(NEW) tests/fuzz/libfuzzer/entry.c \
	  $(FUZZ_OWN) $(FUZZ_OBJ) $(BUILD)/libassay.a $(LDLIBS) && $(PLACE)
.SECONDARY: $(FUZZ_OBJ)

# Only the scalar kernels are fuzzed: the others take minutes to build with sanitizers, and equal them bit for bit.
ifdef FUZZING
$(BUILD)/engine/kern/kern_avx%.o: FILE_CFLAGS += -O0 -fno-sanitize=all
endif

# Seeds, also replayed by `make test`.
$(FUZZ_SEEDS)/made: tests/fuzz/make_seeds.py $(BUILD)/assay
	$(call say,SEED,$(FUZZ_SEEDS))
	$(Q)$(PYTHON) tests/fuzz/make_seeds.py $(BUILD)/assay $(FUZZ_SEEDS)
$(BUILD)/tests/fuzz/run: | $(FUZZ_SEEDS)/made
$(BUILD)/tests/fuzz/test_replay.o: CPPFLAGS += -DFUZZ_SEEDS='"$(FUZZ_SEEDS)"'
