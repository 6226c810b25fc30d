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
# # A first look at an unknown capture
#
# What is in it, who talks to whom, which devices there are, and what is odd. Name your capture in `CAPTURE`.

# %%
import os
from pathlib import Path

import polars as pl

import fieldtap

HERE = Path(globals().get("__file__", "notebooks/here")).resolve().parent
CAPTURE = os.environ.get("CAPTURE", HERE.parents[1] / "corpus" / "demo.pcapng")

capture = fieldtap.read(CAPTURE)
capture.summary()

# %% [markdown]
# ## How much of it was understood?
#
# All but `missing` adds up to `payload`. What is `unknown` or `encrypted` is worth a question to the plant.

# %%
coverage = capture.summary().coverage
understood = coverage["understood"] / max(coverage["payload"], 1)
print(f"{understood:.1%} of {coverage['payload']:,} octets of payload were understood")

# %% [markdown]
# ## When was what said?

# %%
traffic = fieldtap.plot.traffic(capture)

# %% [markdown]
# ## Who talks to whom?

# %%
matrix = fieldtap.plot.conversations(capture)

# %% [markdown]
# ## Which devices told of themselves?

# %%
facts = capture.identities.to_polars()
devices = facts.group_by("device", "station").agg(
    pl.format("{}: {}", pl.col("fact_name").cast(pl.String), pl.col("value")).unique(maintain_order=True).alias("told")
)
devices.sort("device", "station")

# %% [markdown]
# ## What is odd?
#
# The kinds and reasons, most frequent first, each with the frame where it was seen first.

# %%
odd = (
    capture.anomalies.to_polars()
    .group_by(pl.col("kind_name").cast(pl.String), pl.col("reason").cast(pl.String), pl.col("protocol").cast(pl.String))
    .agg(pl.col("count").sum(), pl.col("frame").min().alias("first_frame"))
    .sort("count", descending=True)
)
odd
