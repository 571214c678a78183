# The only files with instruction-set flags; kern_init calls them only where the machine has the set.
$(BUILD)/engine/kern/kern_avx2.o: CFLAGS += -O3 -mavx2 -mfma
$(BUILD)/engine/kern/kern_avx512.o: CFLAGS += -O3 -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq -mavx512bw
$(BUILD)/engine/kern/kern_avx512_bf16.o: CFLAGS += -O3 -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512bf16
$(BUILD)/engine/kern/kern_amx.o: CFLAGS += -O3 -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512bf16 -mamx-tile -mamx-bf16
