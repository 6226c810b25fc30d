# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Who writes to which PLC, and what changed
#
# Every operation by which somebody changes something in a device, and the values before and after. A list of names (CSV
# with the columns device, point, name, unit) puts what the plant calls them beside the addresses: name it in `NAMES`.

# %%
import os
from pathlib import Path

import polars as pl

import fieldtap

HERE = Path(globals().get("__file__", "notebooks/here")).resolve().parent
CAPTURE = os.environ.get("CAPTURE", HERE.parents[1] / "corpus" / "demo.pcapng")
NAMES = os.environ.get("NAMES", HERE / "demo_names.csv")

# Read, identify and the like change nothing; unknown operations are asked for too, since nobody knows.
HARMLESS = ["read", "identify", "list", "connect", "diag"]
capture = fieldtap.read(CAPTURE, names=NAMES)

# %% [markdown]
# ## Who changes what?

# %%
operations = capture.operations.to_polars()
changes = operations.filter(~pl.col("operation_name").cast(pl.String).is_in(HARMLESS))
who = (
    changes.group_by("sender", "receiver", "device_name", "station", "operation_name")
    .agg(pl.len().alias("times"), (pl.col("outcome_name") == "success").sum().alias("succeeded"), pl.col("ts").min())
    .sort("times", descending=True)
)
who

# %% [markdown]
# ## Who is the only one that does so?
#
# In a plant, the same few stations write to the same few devices. A sender whose changes are mostly refused, or who
# changes devices that nobody else does, is the one to ask about.

# %%
refused = (
    changes.group_by("sender")
    .agg(pl.len().alias("changes"), (pl.col("outcome_name") == "refused").sum().alias("refused"))
    .with_columns((pl.col("refused") / pl.col("changes")).alias("share"))
    .sort("share", descending=True)
)
refused

# %% [markdown]
# ## What was written, and what was there before?
#
# `points` has a row where a value is new or changes. Each written value stands beside the last one that was seen of
# the same point.

# %%
points = capture.points.to_polars().sort("ts", maintain_order=True)
point = ["device", "station", "space", "address"]
value = pl.coalesce(pl.col("number"), pl.col("integer").cast(pl.Float64))
before = points.with_columns(value.alias("value")).with_columns(pl.col("value").shift(1).over(point).alias("before"))
written = before.filter(pl.col("way_name") == "written").select(
    "ts", "sender", *point, "plant_name", "before", "value", "unit"
)
written

# %% [markdown]
# ## One of them over time

# %%
if written.height:
    row = written.row(0, named=True)
    steps = fieldtap.plot.point(
        capture, row["device"], address=row["address"], space=row["space"], station=row["station"]
    )
