# One file and one row; included by the Makefile. Adds kinds to a copy of the tree and builds that.

## make one-row      a kind of every sort is one file and one row: added to a copy, built, found (a minute)
.PHONY: one-row
ONE_ROW_SUITES := attacks layer metrics batch reports

one-row: all $(ONE_ROW_SUITES:%=$(BUILD)/tests/%/run)
	@$(CHECK) $(BUILD) one-row

# Sanitizers would build the whole copy again, and find nothing else.
ifeq ($(SAN),)
CHECK_STEPS += one-row
endif
