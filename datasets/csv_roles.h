/* What the name of a column tells of its part in a table. */
#ifndef ASSAY_DATASETS_CSV_ROLES_H
#define ASSAY_DATASETS_CSV_ROLES_H

enum csv_role {
    CSV_ROLE_SENSITIVE = 1,
    CSV_ROLE_AGE = 2,
    CSV_ROLE_LABEL = 4,          /* the name says so: "target" */
    CSV_ROLE_OUTCOME = 8,        /* what labels are often about: "churn" */
    CSV_ROLE_ID = 16,
    CSV_ROLE_WEIGHT = 32,        /* of samples */
    CSV_ROLE_MAYBE_WEIGHT = 64,  /* "weight": of samples, or of bodies */
    CSV_ROLE_BODY = 128,         /* a table of bodies: "height" */
    CSV_ROLE_MEMBER = 256
};

/* A sum of roles. Names are taken by their words: "applicantSex" and "AGE_GROUP" are sensitive, "usage" is not. */
unsigned csv_roles_of(const char *name);

#endif
