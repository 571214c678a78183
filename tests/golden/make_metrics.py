#!/usr/bin/python3
"""Golden values for tests/metrics: rates and disparities by numpy, ROC values by scikit-learn, intervals by scipy.

    /usr/bin/python3 tests/golden/make_metrics.py > tests/golden/metrics.inc

Nothing here follows the C code: rates come from masks, AUC and its DeLong variance from all pairs."""
import math

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve

Z = stats.norm.ppf(0.975)
random = np.random.RandomState(20240917)


def c_array(kind, name, values):
    text = ", ".join(str(v) for v in values)
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) > 110:
            lines.append(line)
            line = ""
        line += word + " "
    print(f"static const {kind} {name}[] = {{\n    " + "\n    ".join(lines + [line.strip()]) + "\n};")


def number(v):
    return "NAN" if v is None or math.isnan(v) else repr(float(v))


def f32(v):
    return float(np.float32(v)).hex() + "f"


# --- fairness: three classes, favorable = 2; groups of very different size, the last empty, some not recorded -----
GROUPS, N = 5, 640
group = random.choice([0, 1, 2, 3, -1], N, p=[0.5, 0.3, 0.12, 0.05, 0.03])
label = random.choice(3, N, p=[0.3, 0.25, 0.45])
predicted = np.where(random.rand(N) < 0.6 + 0.08 * group, label, random.choice(3, N))
y, d = label == 2, predicted == 2
RATES = {
    "selection_rate": (d, np.ones(N, bool)),
    "base_rate": (y, np.ones(N, bool)),
    "tpr": (d, y),
    "fpr": (d, ~y),
    "tnr": (~d, ~y),
    "fnr": (~d, y),
    "ppv": (y, d),
    "npv": (~y, ~d),
    "accuracy": (label == predicted, np.ones(N, bool)),
}
NAMES = {"selection_rate": "demographic_parity", "tpr": "equal_opportunity", "ppv": "predictive_parity"}


def rate(name, rows):
    hit, among = RATES[name]
    return hit[among & rows].mean() if (among & rows).any() else None


by_group = {r: [rate(r, group == g) for g in range(GROUPS)] for r in RATES}
overall = {r: rate(r, group >= 0) for r in RATES}
print("/* Written by make_metrics.py. */")
c_array("int", "golden_group", group)
c_array("int", "golden_label", label)
c_array("int", "golden_predicted", predicted)
print("static const struct { const char *metric_id; int group; double value; } golden_rate[] = {")
for r, values in by_group.items():
    print(f'    {{"{r}", -1, {number(overall[r])}}},')
    for g, v in enumerate(values):
        print(f'    {{"{r}", {g}, {number(v)}}},')
print("};")

REFERENCE = 1
print("static const struct { const char *metric_id; double value; } golden_disparity[] = {")
spread = {}
for r, values in by_group.items():
    if r == "base_rate":
        continue
    known = np.array([v for v in values if v is not None])
    name = NAMES.get(r, r)
    signed = [v - values[REFERENCE] for v in values if v is not None]
    ratios = [v / values[REFERENCE] for v in values if v is not None]
    to_all = [v / overall[r] for v in known]
    spread[r] = (known.max() - known.min(), known.min() / known.max())
    rows = {
        "difference": spread[r][0],
        "ratio": spread[r][1],
        "difference_to_reference": max(signed, key=abs),
        "ratio_to_reference": min(ratios, key=lambda v: min(v, 1 / v) if v else 0),
        "difference_to_overall": max(abs(v - overall[r]) for v in known),
        "ratio_to_overall": min(min(v, 1 / v) if v else 0 for v in to_all),
    }
    for suffix, v in rows.items():
        print(f'    {{"{name}_{suffix}", {number(v)}}},')
    if r == "selection_rate":
        print(f'    {{"disparate_impact_ratio", {number(rows["ratio_to_reference"])}}},')
print(f'    {{"equalized_odds_difference", {number(max(spread["tpr"][0], spread["fpr"][0]))}}},')
print(f'    {{"equalized_odds_ratio", {number(min(spread["tpr"][1], spread["fpr"][1]))}}},')
odds = [(by_group["tpr"][g] - by_group["tpr"][REFERENCE] + by_group["fpr"][g] - by_group["fpr"][REFERENCE]) / 2
        for g in range(GROUPS - 1)]
print(f'    {{"average_odds_difference", {number(max(odds, key=abs))}}},')
print("};")

# --- membership: losses with many ties (two decimals) and without ---------------------------------------------------


def tpr_at(member, score, target):
    fpr, tpr, _ = roc_curve(member, score, drop_intermediate=False)
    last = np.nonzero(fpr <= target)[0].max()
    return tpr[last], fpr[last]


def delong(member, score):
    a, b = score[member == 1][:, None], score[member == 0][None, :]
    wins = (a > b) + 0.5 * (a == b)
    variance = wins.mean(1).var(ddof=1) / len(a) + wins.mean(0).var(ddof=1) / b.size
    half = Z * math.sqrt(variance)
    return max(0, wins.mean() - half), min(1, wins.mean() + half)


print("struct golden_membership {")
print("    size_t n;\n    const float *loss;\n    const unsigned char *member;")
print("    double auc, auc_low, auc_high, advantage;")
print("    double tpr[2], tpr_low[2], tpr_high[2], fpr[2]; /* at 0.01, 0.001 */\n};")
cases = []
for case, (m, n, digits) in enumerate([(37, 53, 1), (600, 1200, 2), (400, 1500, None), (150, 90, None)]):
    member = random.permutation(np.r_[np.ones(m, int), np.zeros(n, int)])
    loss = random.gamma(np.where(member, 0.6, 1.0))
    loss = (loss if digits is None else np.round(loss, digits)).astype(np.float32)
    score = -loss.astype(float)
    fpr, tpr, _ = roc_curve(member, score, drop_intermediate=False)
    at = [tpr_at(member, score, t) for t in (0.01, 0.001)]
    k = [int(round(t * m)) for t, _ in at]
    low = [0.0 if v == 0 else stats.beta.ppf(0.025, v, m - v + 1) for v in k]
    high = [1.0 if v == m else stats.beta.ppf(0.975, v + 1, m - v) for v in k]
    c_array("float", f"golden_loss_{case}", [f32(v) for v in loss])
    c_array("unsigned char", f"golden_member_{case}", member)
    ci = delong(member, score)
    cases.append(
        f"    {{{m + n}, golden_loss_{case}, golden_member_{case}, {number(roc_auc_score(member, score))}, "
        f"{number(ci[0])},\n     {number(ci[1])}, {number(max(tpr - fpr))},\n     "
        + ",\n     ".join("{" + ", ".join(number(v) for v in pair) + "}"
                          for pair in ([t for t, _ in at], low, high, [f for _, f in at]))
        + "},")
print("static const struct golden_membership golden_membership[] = {")
print("\n".join(cases))
print("};")

# --- calibration: fifteen bins --------------------------------------------------------------------------------------
N_CONF = 300
confidence = (0.5 + 0.5 * random.beta(2, 1, N_CONF)).astype(np.float32)
confidence[:4] = [1, 0.6, 0.8, 0.5]
right = (random.rand(N_CONF) < confidence ** 2).astype(int)
bins = np.clip(np.ceil(confidence.astype(float) * 15).astype(int) - 1, 0, 14)
ece = sum((bins == b).mean() * abs(right[bins == b].mean() - confidence[bins == b].astype(float).mean())
          for b in range(15) if (bins == b).any())
p_true = np.where(right, confidence.astype(float), 1 - confidence.astype(float))
c_array("float", "golden_confidence", [f32(v) for v in confidence])
c_array("int", "golden_right", right)
print(f"static const double golden_ece = {number(ece)}, golden_brier = {number(np.mean((1 - p_true) ** 2))};")
