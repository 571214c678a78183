# Allocation failure; included by the Makefile. The shim replaces malloc, as sanitizers do: not with both.

## make torture      each allocation of inspect, validate and a tiny run fails once (minutes; a sample is in make test)
.PHONY: torture
torture: $(BUILD)/assay $(BUILD)/tests/torture/fail_malloc.so
	@$(CHECK) $(BUILD) torture

ifeq ($(SAN),)
test-programs: $(BUILD)/tests/torture/fail_malloc.so
CHECK_STEPS += torture=3
endif

$(BUILD)/tests/torture/fail_malloc.so: tests/torture/fail_malloc.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -shared -fPIC -o $(NEW) $< && $(PLACE)
