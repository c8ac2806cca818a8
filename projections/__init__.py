"""What the reports add up to: pure folds by numbered rules, and the rows built from them.

`projections` may import `events`, never `app`. Folds read no clock, no randomness and no database.
"""
