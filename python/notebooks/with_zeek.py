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
# # Beside Zeek's conn.log
#
# Which of the connections that Zeek logged spoke an industrial protocol, and what was done in them? Name the capture in
# `CAPTURE`, and the log that Zeek wrote of it, as text or JSON, in `CONN_LOG`. Without one, fieldtap writes the log
# itself, in Zeek's form.

# %%
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

import fieldtap

HERE = Path(globals().get("__file__", "notebooks/here")).resolve().parent
CAPTURE = os.environ.get("CAPTURE", HERE.parents[1] / "corpus" / "demo.pcapng")

with tempfile.TemporaryDirectory() as folder:
    log = os.environ.get("CONN_LOG")
    if log is None:
        arguments = ["dissect", CAPTURE, "--format", "zeek", "--profile", "icsnpp", "-o", folder]
        subprocess.run([sys.executable, "-m", "fieldtap", *map(str, arguments)], check=True)
        log = str(Path(folder) / "conn.log")
    conn = fieldtap.logs.read_zeek(log, library="polars")

capture = fieldtap.read(CAPTURE, tables=["conversations", "operations"])
conn.head()

# %% [markdown]
# ## The same conversations
#
# They are joined by community id, where their times meet. A Zeek without the script for community ids has none: then
# they are made of addresses and ports.

# %%
joined = fieldtap.logs.join(capture.conversations, conn)
print(f"{joined['conversation'].n_unique()} of {len(capture.conversations)} conversations are in the log")
joined.select("uid", "sender", "receiver", "receiver_port", "service", "application", "coverage", "confidence").head(20)

# %% [markdown]
# ## What Zeek has no service for, and fieldtap understands

# %%
unnamed = joined.filter(pl.col("service").is_null() & (pl.col("coverage") == "understood"))
unnamed.group_by("application").agg(pl.len().alias("connections"))

# %% [markdown]
# ## What was done in each connection
#
# By `conversation`, every row of fieldtap finds Zeek's `uid`, and with it whatever else Zeek and its scripts logged.

# %%
uids = joined.select("conversation", "uid")
done = (
    capture.operations.to_polars()
    .join(uids, on="conversation")
    .group_by("uid", pl.col("operation_name").cast(pl.String), pl.col("outcome_name").cast(pl.String))
    .agg(pl.len().alias("operations"))
    .sort("operations", descending=True)
)
done.head(20)
