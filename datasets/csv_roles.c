#include "datasets/csv_roles.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define NAME_MAX_BYTES 256

/* Words, or whole names with '_' between their words. English, and what German, French and Spanish tables call the
 * attributes that most laws on discrimination name. */
static const struct { const char *word; unsigned roles; } words[] = {
    {"sex", CSV_ROLE_SENSITIVE},          {"gender", CSV_ROLE_SENSITIVE},       {"female", CSV_ROLE_SENSITIVE},
    {"male", CSV_ROLE_SENSITIVE},         {"race", CSV_ROLE_SENSITIVE},         {"racial", CSV_ROLE_SENSITIVE},
    {"ethnicity", CSV_ROLE_SENSITIVE},    {"ethnic", CSV_ROLE_SENSITIVE},       {"ethnie", CSV_ROLE_SENSITIVE},
    {"hispanic", CSV_ROLE_SENSITIVE},     {"afam", CSV_ROLE_SENSITIVE},         {"caste", CSV_ROLE_SENSITIVE},
    {"nationality", CSV_ROLE_SENSITIVE},  {"citizenship", CSV_ROLE_SENSITIVE},  {"citizen", CSV_ROLE_SENSITIVE},
    {"native_country", CSV_ROLE_SENSITIVE}, {"national_origin", CSV_ROLE_SENSITIVE},
    {"birthplace", CSV_ROLE_SENSITIVE},   {"country_of_birth", CSV_ROLE_SENSITIVE},
    {"foreign_worker", CSV_ROLE_SENSITIVE},
    {"immigrant", CSV_ROLE_SENSITIVE},    {"migration", CSV_ROLE_SENSITIVE},    {"religion", CSV_ROLE_SENSITIVE},
    {"religious", CSV_ROLE_SENSITIVE},    {"faith", CSV_ROLE_SENSITIVE},        {"disability", CSV_ROLE_SENSITIVE},
    {"disabled", CSV_ROLE_SENSITIVE},     {"handicap", CSV_ROLE_SENSITIVE},     {"veteran", CSV_ROLE_SENSITIVE},
    {"marital", CSV_ROLE_SENSITIVE},      {"married", CSV_ROLE_SENSITIVE},      {"pregnant", CSV_ROLE_SENSITIVE},
    {"pregnancy", CSV_ROLE_SENSITIVE},    {"sexual", CSV_ROLE_SENSITIVE},       {"orientation", CSV_ROLE_SENSITIVE},
    {"skin", CSV_ROLE_SENSITIVE},         {"geschlecht", CSV_ROLE_SENSITIVE},   {"herkunft", CSV_ROLE_SENSITIVE},
    {"nationalität", CSV_ROLE_SENSITIVE}, {"nationalitaet", CSV_ROLE_SENSITIVE}, {"behinderung", CSV_ROLE_SENSITIVE},
    {"familienstand", CSV_ROLE_SENSITIVE}, {"konfession", CSV_ROLE_SENSITIVE},  {"sexe", CSV_ROLE_SENSITIVE},
    {"nationalité", CSV_ROLE_SENSITIVE},  {"sexo", CSV_ROLE_SENSITIVE},         {"raza", CSV_ROLE_SENSITIVE},
    {"género", CSV_ROLE_SENSITIVE},       {"discapacidad", CSV_ROLE_SENSITIVE},
    {"age", CSV_ROLE_SENSITIVE | CSV_ROLE_AGE},   {"ages", CSV_ROLE_SENSITIVE | CSV_ROLE_AGE},
    {"agegroup", CSV_ROLE_SENSITIVE},             {"alter", CSV_ROLE_SENSITIVE | CSV_ROLE_AGE},
    {"âge", CSV_ROLE_SENSITIVE | CSV_ROLE_AGE},   {"edad", CSV_ROLE_SENSITIVE | CSV_ROLE_AGE},
    {"dob", CSV_ROLE_SENSITIVE},          {"birthdate", CSV_ROLE_SENSITIVE},    {"birthday", CSV_ROLE_SENSITIVE},
    {"birth", CSV_ROLE_SENSITIVE},
    {"label", CSV_ROLE_LABEL},            {"labels", CSV_ROLE_LABEL},           {"target", CSV_ROLE_LABEL},
    {"class", CSV_ROLE_LABEL},            {"y", CSV_ROLE_LABEL},                {"outcome", CSV_ROLE_LABEL},
    {"response", CSV_ROLE_LABEL},         {"ground_truth", CSV_ROLE_LABEL},     {"y_true", CSV_ROLE_LABEL},
    {"income", CSV_ROLE_OUTCOME},         {"deny", CSV_ROLE_OUTCOME},           {"denied", CSV_ROLE_OUTCOME},
    {"approved", CSV_ROLE_OUTCOME},       {"approval", CSV_ROLE_OUTCOME},       {"default", CSV_ROLE_OUTCOME},
    {"defaulted", CSV_ROLE_OUTCOME},      {"churn", CSV_ROLE_OUTCOME},          {"churned", CSV_ROLE_OUTCOME},
    {"diagnosis", CSV_ROLE_OUTCOME},      {"survived", CSV_ROLE_OUTCOME},       {"species", CSV_ROLE_OUTCOME},
    {"recid", CSV_ROLE_OUTCOME},          {"recidivism", CSV_ROLE_OUTCOME},     {"result", CSV_ROLE_OUTCOME},
    {"decision", CSV_ROLE_OUTCOME},       {"loan_status", CSV_ROLE_OUTCOME},    {"risk", CSV_ROLE_OUTCOME},
    {"fraud", CSV_ROLE_OUTCOME},          {"spam", CSV_ROLE_OUTCOME},           {"hired", CSV_ROLE_OUTCOME},
    {"admitted", CSV_ROLE_OUTCOME},       {"category", CSV_ROLE_OUTCOME},       {"quality", CSV_ROLE_OUTCOME},
    {"id", CSV_ROLE_ID},                  {"ids", CSV_ROLE_ID},                 {"index", CSV_ROLE_ID},
    {"rowid", CSV_ROLE_ID},               {"uid", CSV_ROLE_ID},                 {"rownames", CSV_ROLE_ID},
    {"sample_weight", CSV_ROLE_WEIGHT},   {"sample_weights", CSV_ROLE_WEIGHT},  {"weights", CSV_ROLE_WEIGHT},
    {"fnlwgt", CSV_ROLE_WEIGHT},          {"instance_weight", CSV_ROLE_WEIGHT}, {"wgt", CSV_ROLE_WEIGHT},
    {"pwgt", CSV_ROLE_WEIGHT},            {"wt", CSV_ROLE_WEIGHT},              {"pwgtp", CSV_ROLE_WEIGHT},
    {"survey_weight", CSV_ROLE_WEIGHT},   {"case_weight", CSV_ROLE_WEIGHT},     {"weight", CSV_ROLE_MAYBE_WEIGHT},
    {"height", CSV_ROLE_BODY},            {"bmi", CSV_ROLE_BODY},               {"waist", CSV_ROLE_BODY},
    {"glucose", CSV_ROLE_BODY},           {"cholesterol", CSV_ROLE_BODY},       {"mpg", CSV_ROLE_BODY},
    {"horsepower", CSV_ROLE_BODY},
    {"member", CSV_ROLE_MEMBER},          {"in_training", CSV_ROLE_MEMBER},     {"in_train", CSV_ROLE_MEMBER},
    {"is_train", CSV_ROLE_MEMBER},        {"train", CSV_ROLE_MEMBER},           {"is_member", CSV_ROLE_MEMBER}};

/* "AgeGroup 2" -> "_age_group_2_": a '_' before, between and behind words. Bytes past ASCII are letters. */
static void spell_words(const char *name, char out[NAME_MAX_BYTES])
{
    size_t n = 0;
    out[n++] = '_';
    for (size_t i = 0; name[i] && n < NAME_MAX_BYTES - 3; i++) {
        unsigned char c = (unsigned char)name[i], before = i ? (unsigned char)name[i - 1] : 0;
        int letter = isalnum(c) || c >= 0x80;
        int begins = isupper(c) && (islower(before) || isdigit(before));
        begins = begins || (isalpha(c) && isdigit(before)) || (isdigit(c) && isalpha(before));
        if ((!letter || begins) && out[n - 1] != '_')
            out[n++] = '_';
        if (letter)
            out[n++] = (char)tolower(c);
    }
    if (out[n - 1] != '_')
        out[n++] = '_';
    out[n] = '\0';
}

/* Whether the word, which may be several, stands in the name between '_'; a lone letter only as the whole name. */
static int has_word(const char *name, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(name, word); at; at = strstr(at + 1, word))
        if (at[-1] == '_' && at[n] == '_' && (n > 1 || strlen(name) == 3))
            return 1;
    return 0;
}

unsigned csv_roles_of(const char *name)
{
    char spelled[NAME_MAX_BYTES];
    unsigned roles = 0;
    spell_words(name, spelled);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has_word(spelled, words[i].word))
            roles |= words[i].roles;
    return roles;
}
