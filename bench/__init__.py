"""How fast the ledger is, told as ratios to the raw database doing the same rows in the same run: `python -m bench`.

Each benchmark checks its answers too: one that counted wrong raises, whatever its speed. Absent on purpose: absolute goals, which
would say more about the machine than about the code (docs/benchmarks.md).
"""
