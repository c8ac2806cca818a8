"""What sources reported: the events, their bytes, and the log that keeps them.

`events` knows nothing of `projections` or `app`. Everything here is pure but `tables` and `store`: the store is the
only module that knows the database.
"""
