#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reference values for the statistics, from scipy: an implementation independent of ours.

Writes rank-tests.csv, multiplicity.csv and normal.csv next to itself.  Only needed to renew
them (Debian: apt-get install python3-scipy); the tests read the stored files.
Null distributions with ties, which scipy only approximates, are enumerated over all 2^n
sign patterns with exact fractions.
"""
import csv
import itertools
import os
from fractions import Fraction

import numpy as np
import scipy
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))


def writer(name, header):
    f = open(os.path.join(HERE, name), "w", newline="")
    w = csv.writer(f, lineterminator="\n")
    w.writerow(header)
    return f, w


def enumerated(d):
    """One- and two-sided signed-rank p-values by brute force, zeros dropped."""
    d = [x for x in d if x != 0]
    n = len(d)
    if n == 0:
        return 1.0, 1.0, 1.0
    ranks = [Fraction(r).limit_denominator(2) for r in stats.rankdata(np.abs(d))]
    plus = sum(r for r, x in zip(ranks, d) if x > 0)
    above = below = 0
    for signs in itertools.product((0, 1), repeat=n):
        s = sum(r for r, t in zip(ranks, signs) if t)
        above += s >= plus
        below += s <= plus
    g, l = Fraction(above, 2**n), Fraction(below, 2**n)
    return float(g), float(l), float(min(Fraction(1), 2 * min(g, l)))


def rank_tests():
    f, w = writer("rank-tests.csv",
                  ["method", "values", "greater", "less", "both"])
    rng = np.random.default_rng(20240501)
    cases = []
    for n in (1, 2, 3, 5, 8, 16, 17, 24, 25, 32, 48, 50, 64, 100, 200):
        for shift in (0.0, 0.4, -0.7):
            cases.append(np.round(rng.normal(shift, 1, n), 6))
    for d in cases:
        # scipy's "exact" needs distinct magnitudes and no zeros: true of these draws
        assert len(set(np.abs(d))) == len(d) and not (d == 0).any()
        p = [stats.wilcoxon(d, alternative=a, mode="exact").pvalue
             for a in ("greater", "less", "two-sided")]
        w.writerow(["signed-rank", " ".join(map(repr, d.tolist()))] + [repr(float(x)) for x in p])
    for n in (3, 4, 6, 8, 10, 12, 14):
        for _ in range(3):
            d = rng.integers(-3, 5, n).astype(float)
            w.writerow(["signed-rank-ties", " ".join(map(repr, d.tolist()))]
                       + [repr(x) for x in enumerated(d)])
    for d in cases:
        up, n = int((d > 0).sum()), len(d)
        p = [stats.binomtest(up, n, 0.5, alternative=a).pvalue
             for a in ("greater", "less", "two-sided")]
        w.writerow(["sign", " ".join(map(repr, d.tolist()))] + [repr(float(x)) for x in p])
    for n in (300, 400):
        d = np.round(rng.normal(0.1, 1, n), 6)
        p = [stats.wilcoxon(d, alternative=a, mode="approx", correction=True).pvalue
             for a in ("greater", "less", "two-sided")]
        w.writerow(["signed-rank-normal", " ".join(map(repr, d.tolist()))] + [repr(float(x)) for x in p])
    f.close()


def holm(p):
    """Straight from the definition, one hypothesis at a time."""
    n = len(p)
    order = sorted(range(n), key=lambda i: (p[i], i))
    out = [0.0] * n
    for k, i in enumerate(order):
        out[i] = max(min(1.0, p[j] * (n - m)) for m, j in enumerate(order[:k + 1]))
    return out


def benjamini_hochberg(p):
    n = len(p)
    order = sorted(range(n), key=lambda i: (p[i], i))
    out = [0.0] * n
    for k, i in enumerate(order):
        out[i] = min(min(1.0, p[j] * n / (m + 1)) for m, j in enumerate(order) if m >= k)
    return out


def multiplicity():
    f, w = writer("multiplicity.csv", ["family", "p", "holm", "benjamini_hochberg"])
    rng = np.random.default_rng(7)
    for family, n in enumerate((1, 2, 5, 10, 30, 200)):
        p = np.concatenate([rng.uniform(0, 1, n - n // 3), rng.uniform(0, 1e-3, n // 3)])
        p = [float(x) for x in np.round(p, 9)]
        for row in zip(p, holm(p), benjamini_hochberg(p)):
            w.writerow([family] + [repr(x) for x in row])
    f.close()


def normal():
    f, w = writer("normal.csv", ["p", "quantile"])
    for p in (1e-300, 1e-100, 1e-20, 1e-10, 1e-6, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.4,
              0.5, 0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 1 - 1e-9):
        w.writerow([repr(p), repr(float(stats.norm.ppf(p)))])
    f.close()


def location():
    f, w = writer("location.csv", ["values", "hodges_lehmann", "ks_uniform_p", "lag1"])
    rng = np.random.default_rng(11)
    for n in (3, 5, 10, 31, 48, 100):
        x = np.round(rng.uniform(0, 1, n) ** 1.2, 6)
        walsh = [(x[i] + x[j]) / 2 for i in range(n) for j in range(i, n)]
        m = x - x.mean()
        w.writerow([" ".join(map(repr, x.tolist())), repr(float(np.median(walsh))),
                    repr(float(stats.kstest(x, "uniform").pvalue)),
                    repr(float((m[1:] * m[:-1]).sum() / (m * m).sum()))])
    f.close()


if __name__ == "__main__":
    rank_tests()
    multiplicity()
    normal()
    location()
    print("written with scipy", scipy.__version__)
