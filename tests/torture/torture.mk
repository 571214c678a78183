# Allocation failure; included by the Makefile. The shim replaces malloc, as sanitizers do: not with both.

## make torture      each allocation of inspect, validate and a tiny run fails once (minutes; a sample is in make test)
.PHONY: torture torture-sample
TORTURE := /usr/bin/python3 tests/torture/torture.py $(BUILD)/assay $(BUILD)/tests/torture/fail_malloc.so

torture: $(BUILD)/assay $(BUILD)/tests/torture/fail_malloc.so
	@$(TORTURE)

ifeq ($(SAN),)
check: torture-sample
torture-sample: $(BUILD)/assay $(BUILD)/tests/torture/fail_malloc.so
	@$(TORTURE) --seconds 3
endif

$(BUILD)/tests/torture/fail_malloc.so: tests/torture/fail_malloc.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -shared -fPIC -o $@ $<
