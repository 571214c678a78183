/* The name of the numerics contract (assay.h): results of one name are the same bits, whatever the build. */
#ifndef ASSAY_BASE_NUMERICS_H
#define ASSAY_BASE_NUMERICS_H

#define NUMERICS_VERSION "assay-f32-v2"

#endif
