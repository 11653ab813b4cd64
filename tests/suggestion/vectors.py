#!/usr/bin/env python3
"""Writes tests/vectors/base_stock.json: what the base-stock policy must compute, from an independent implementation.

    python -m venv v && v/bin/pip install scipy==1.17.1 mpmath
    v/bin/python tests/suggestion/vectors.py > tests/vectors/base_stock.json

Distribution function and quantile come from scipy; E[D | D >= y] by its definition, summed with 30 digits. Sequences of
visits are computed twice: with those, and in plain IEEE doubles in the order of operations that ADR 5 fixes (+ - * / only),
kept between visits as IEEE singles, whose bit patterns are the golden ones; the script fails where the two differ by more
than 1e-6.
All floats are text with full digits.
"""
import json
import random
import struct
from datetime import date, timedelta

import mpmath
from scipy.stats import nbinom

mpmath.mp.dps = 30
DAY_DECAY = 0.9850612054411155  # 0.9 ** (1/7)
WEIGHT = 2.0


def cdf(mean, inverse, k):
    size = 1.0 / inverse
    return float(nbinom.cdf(k, size, size / (size + mean)))


def quantile(mean, inverse, p):
    size = 1.0 / inverse
    s = int(nbinom.ppf(p, size, size / (size + mean)))
    while s > 0 and cdf(mean, inverse, s - 1) >= p:
        s -= 1
    while cdf(mean, inverse, s) < p:
        s += 1
    return s


def expected_from(mean, inverse, y):
    """sum k P(k) / sum P(k) over k >= y, relative to P(y)."""
    size = 1 / mpmath.mpf(inverse)
    ratio = mean / (size + mean)
    term, below, above, k = mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(y)
    while True:
        below, above = below + term, above + term * k
        step = (k + size) / (k + 1) * ratio
        if step < 1 and term * k < above * (1 - ratio) ** 2 * mpmath.mpf(10) ** -18:
            return above / below
        term, k = term * step, k + 1


# ------------------------------------------------------------------ the order of operations that gives the golden bits
def decay(days):
    result, factor = 1.0, DAY_DECAY
    while days:
        if days & 1:
            result *= factor
        factor *= factor
        days >>= 1
    return result


def mean_at_least(mean, uncertainty, y):
    size = 1.0 / max(uncertainty, 1e-9)
    ratio = mean / (size + mean)
    rest = 1e-13 * (1.0 - ratio)
    term, total, k = 1.0, 1.0, float(y)
    while True:
        step = (k + size) / (k + 1.0) * ratio
        term *= step
        total += term
        k += 1.0
        if (step < 1.0 and term <= rest * total) or total > 1e300:
            break
    return max(mean + y * (1.0 + mean / size) / total, float(y))


def exposure(spans, first, days):
    if not spans:
        return days / 7.0
    weeks = 0.0
    for ahead in range(days):
        day, weight = first + timedelta(days=ahead), 1.0
        for begin, end, thousandths in spans:
            if begin <= day <= end:
                weight *= thousandths / 1000.0
        weeks += min(max(weight, 0.2), 2.5)
    return weeks / 7.0


def single(value):
    return struct.unpack(">f", struct.pack(">f", value))[0]


def bits(value):
    return "%08x" % struct.unpack(">I", struct.pack(">f", value))[0]


def pack_up(units, pack):
    return -(-units // pack) * pack


# ------------------------------------------------------------------------------------------------------------ the cases
def distributions():
    for mean in (1e-9, 1e-4, 0.05, 0.7, 3.0, 17.5, 120.0, 480.0, 2500.0, 1e6):
        for inverse in (1e-4, 1e-3, 0.05, 0.35, 1.0, 3.0):
            sigma = (mean + mean * mean * inverse) ** 0.5
            for k in sorted({0, int(mean * 0.3), int(mean), int(mean + 2 * sigma), int(mean + 7 * sigma)}):
                value = cdf(mean, inverse, k)
                if value > 1e-280:
                    yield {"mean": repr(mean), "inverse_size": repr(inverse), "k": k, "cdf": repr(value)}


def quantiles():
    for mean in (1e-9, 0.02, 0.3, 1.0, 2.2, 5.0, 9.7, 23.0, 64.0, 250.0, 900.0, 1e4, 1e6):
        for inverse in (1e-4, 0.05, 0.2, 0.5, 1.1, 4.0):
            for thousandths in (500, 800, 900, 950, 980, 999):
                if thousandths == 500 and mean * inverse == 1.0:
                    continue  # the median of mean = size is an exact tie: P(D <= mean - 1) = 1/2
                s = quantile(mean, inverse, thousandths / 1000.0)
                yield {"mean": repr(mean), "inverse_size": repr(inverse), "p": thousandths, "s": s}


def conditionals():
    for mean in (1e-9, 1e-3, 0.4, 2.0, 7.5, 31.0, 220.0, 3000.0):
        for inverse in (1e-4, 0.1, 0.45, 1.0, 2.5):
            for y in sorted({0, 1, 2, int(mean * 0.6), int(mean) + 1, int(mean * 3) + 5, 4000}):
                value = expected_from(mean, inverse, y)
                yield {"mean": repr(mean), "inverse_size": repr(inverse), "y": y, "expected": mpmath.nstr(value, 20)}


def sequence(name, rate, phi, service, pack, weeks, demand, spans=(), lost_counts=(), gaps=()):
    """Visits of one shop; `demand` is the mean of its weekly sales, the order arrives the day after."""
    chance, visits = random.Random(name), []
    day, stock, transit = date(2026, 7, 27), int(2 * rate) + 1, 0
    sales, weeks_seen, last = 0.0, 0.0, None
    exact_sales, exact_weeks = mpmath.mpf(0), mpmath.mpf(0)
    for visit in range(weeks):
        days = 0
        row = {"date": day.isoformat()}
        if last is not None:
            days = (day - last["day"]).days
            wanted = sum(chance.random() < demand / 20 for _ in range(20 * days // 7))
            stock += transit
            left = max(0, stock - wanted)
            received, sold = transit, stock - left
            since = exposure(spans, last["day"], days)
            row.update(previous=last["count"], days=days, received=None if visit in lost_counts else received)
            fade = decay(days)
            sales, weeks_seen = fade * sales, fade * weeks_seen
            exact_fade = mpmath.mpf("0.9") ** (mpmath.mpf(days) / 7)
            exact_sales, exact_weeks = exact_fade * exact_sales, exact_fade * exact_weeks
            if visit not in lost_counts:
                y, exact_y = float(sold), mpmath.mpf(sold)
                if left == 0:
                    before = last["state"]
                    mean = (WEIGHT + before[0]) / (WEIGHT / rate + before[1]) * since
                    uncertainty = phi + 1.0 / (WEIGHT + before[0])
                    most = 2.0 * sold + 2.0
                    if mean >= most:
                        y = exact_y = most
                    else:
                        y = min(mean_at_least(mean, uncertainty, sold), most)
                        exact_y = min(expected_from(mean, uncertainty, sold), most)
                sales, weeks_seen = sales + y, weeks_seen + since
                exact_sales, exact_weeks = exact_sales + exact_y, exact_weeks + mpmath.mpf(since)
            stock = left
        sales, weeks_seen = single(sales), single(weeks_seen)
        assert abs(exact_sales - sales) <= 1e-6 * max(1, sales), (name, visit, exact_sales, sales)
        assert abs(exact_weeks - weeks_seen) <= 1e-6 * max(1, weeks_seen)
        cycle = 21 if visit in gaps else 7
        ahead = exposure(spans, day, cycle + 1)
        row.update(now=stock, in_transit=0, cycle=cycle, days_ahead=cycle + 1)
        row.update(sales_bits=bits(sales), exposure_bits=bits(weeks_seen), sales=repr(sales), exposure=repr(weeks_seen))
        if visit in lost_counts:
            row.update(target=None, suggest=None, quantity=None)
            transit = 0
        else:
            mean = (WEIGHT + sales) / (WEIGHT / rate + weeks_seen) * ahead
            target = quantile(mean, phi + 1.0 / (WEIGHT + sales), service / 1000.0)
            suggest = max(0, target - stock)
            transit = pack_up(suggest, pack)
            row.update(target=target, suggest=suggest, quantity=transit)
        visits.append(row)
        last = {"day": day, "count": stock, "state": (sales, weeks_seen)}
        day += timedelta(days=cycle)
    return {
        "name": name, "rate": repr(rate), "dispersion": repr(phi), "service": service, "pack": pack,
        "events": [[a.isoformat(), b.isoformat(), m] for a, b, m in spans], "visits": visits,
    }


def sequences():
    festival = [(date(2026, 8, 5), date(2026, 8, 12), 1600), (date(2026, 8, 10), date(2026, 8, 30), 1350),
                (date(2026, 9, 20), date(2026, 9, 26), 150)]
    yield sequence("an ordinary shop", 6.25, 0.3, 950, 1, 26, 5.0)
    yield sequence("a shop that runs dry", 2.5, 0.4, 900, 1, 26, 12.0)
    yield sequence("by the case", 9.5, 0.25, 980, 12, 20, 8.0)
    yield sequence("a slow seller", 0.35, 0.6, 900, 1, 40, 0.4)
    yield sequence("through festivals", 7.0, 0.35, 950, 6, 16, 9.0, spans=festival)
    yield sequence("with gaps and unanswered deliveries", 4.0, 0.3, 950, 4, 24, 4.5, lost_counts=(5, 6, 13), gaps=(3, 9))


if __name__ == "__main__":
    print(json.dumps({
        "cdf": list(distributions()), "quantile": list(quantiles()), "conditional": list(conditionals()),
        "sequences": list(sequences()),
    }, ensure_ascii=False, indent=0).replace(",\n\"", ", \"").replace("{\n\"", "{\"").replace("\n}", "}"))
