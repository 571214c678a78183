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


def wilson(k, n, alpha):
    """Roots of (p - k/n)^2 = z^2 p (1 - p) / n."""
    z2 = stats.norm.ppf(1 - alpha / 2) ** 2
    low, high = sorted(np.roots([1 + z2 / n, -(2 * k / n + z2 / n), (k / n) ** 2]).real)
    return (0.0 if k == 0 else low, 1.0 if k == n else high)


def difference_range(p, a, q, b):
    """Newcombe: where the distance of p - q from its estimate equals that of the limits."""
    return p - q - math.hypot(p - a[0], b[1] - q), p - q + math.hypot(a[1] - p, q - b[0])


def ratio_range(p, a, q, b):
    """The ratios r at which the interval of p - r q ends at 0, by bisection."""
    def low(r):
        return p - r * q - math.hypot(p - a[0], r * (b[1] - q))

    def high(r):
        return p - r * q + math.hypot(a[1] - p, r * (q - b[0]))

    def root(f, left, right):
        for _ in range(200):
            middle = (left + right) / 2
            left, right = (middle, right) if f(middle) > 0 else (left, middle)
        return left
    return (root(low, 0, p / q) if p > 0 else 0.0), root(high, p / q, 1e6)


def counts(name, g):
    hit, among = RATES[name]
    rows = among & (group == g)
    return int(hit[rows].sum()), int(rows.sum())


def ranges(name, alpha):
    """Of the largest difference and the smallest ratio, and of the comparisons with the reference."""
    known = [g for g in range(GROUPS) if counts(name, g)[1] > 0]
    pairs = len(known) * (len(known) - 1) / 2
    rate_of = {g: counts(name, g)[0] / counts(name, g)[1] for g in known}

    def of(compare, g, h, comparisons):
        return compare(rate_of[g], wilson(*counts(name, g), alpha / comparisons),
                       rate_of[h], wilson(*counts(name, h), alpha / comparisons))
    d = [of(difference_range, g, h, pairs) for g in known for h in known if g != h]
    r = [of(ratio_range, g, h, pairs) for g in known for h in known if g != h and rate_of[h] > 0]
    far = max((g for g in known if g != REFERENCE), key=lambda g: abs(rate_of[g] - rate_of[REFERENCE]))
    wide = min((g for g in known if g != REFERENCE), key=lambda g: min(
        rate_of[g] / rate_of[REFERENCE], rate_of[REFERENCE] / rate_of[g] if rate_of[g] else 0))
    return {"difference": (max(0, max(v[0] for v in d)), max(v[1] for v in d)),
            "ratio": (min(v[0] for v in r), min(1, min(v[1] for v in r))),
            "difference_to_reference": of(difference_range, far, REFERENCE, len(known) - 1),
            "ratio_to_reference": of(ratio_range, wide, REFERENCE, len(known) - 1)}


print("static const struct { const char *metric_id; double value, low, high; } golden_disparity[] = {")
NONE = (float("nan"), float("nan"))


def disparity(name, value, limits):
    print(f'    {{"{name}", {number(value)}, {number(limits[0])}, {number(limits[1])}}},')


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
    limits = ranges(r, 0.05)
    for suffix, v in rows.items():
        disparity(f"{name}_{suffix}", v, limits.get(suffix, NONE))
    if r == "selection_rate":
        disparity("disparate_impact_ratio", rows["ratio_to_reference"], limits["ratio_to_reference"])
half = [ranges(r, 0.025) for r in ("tpr", "fpr")]
disparity("equalized_odds_difference", max(spread["tpr"][0], spread["fpr"][0]),
          [max(h["difference"][k] for h in half) for k in (0, 1)])
disparity("equalized_odds_ratio", min(spread["tpr"][1], spread["fpr"][1]),
          [min(h["ratio"][k] for h in half) for k in (0, 1)])
odds = [(by_group["tpr"][g] - by_group["tpr"][REFERENCE] + by_group["fpr"][g] - by_group["fpr"][REFERENCE]) / 2
        for g in range(GROUPS - 1)]
farthest = max(range(GROUPS - 1), key=lambda g: abs(odds[g]))
parts = []
for r in ("tpr", "fpr"):
    p, q = by_group[r][farthest], by_group[r][REFERENCE]
    low, high = difference_range(p, wilson(*counts(r, farthest), 0.05 / 3), q, wilson(*counts(r, REFERENCE), 0.05 / 3))
    parts.append((p - q - low, high - p + q))
disparity("average_odds_difference", odds[farthest],
          (odds[farthest] - math.hypot(parts[0][0], parts[1][0]) / 2,
           odds[farthest] + math.hypot(parts[0][1], parts[1][1]) / 2))
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
confidence = random.beta(2, 1, N_CONF).astype(np.float32)
confidence[:4] = [1, 0.6, 0.8, 0]
bins = np.clip(np.ceil(confidence.astype(float) * 15).astype(int) - 1, 0, 14)
right = (random.rand(N_CONF) < np.where(bins % 2, 0.2, 0.9)).astype(int)  # over and under by turns: no two bins merge
ece = sum((bins == b).mean() * abs(right[bins == b].mean() - confidence[bins == b].astype(float).mean())
          for b in range(15) if (bins == b).any())
p_true = np.where(right, confidence.astype(float), 1 - confidence.astype(float))
c_array("float", "golden_confidence", [f32(v) for v in confidence])
c_array("int", "golden_right", right)
print(f"static const double golden_ece = {number(ece)}, golden_brier = {number(np.mean((1 - p_true) ** 2))};")
