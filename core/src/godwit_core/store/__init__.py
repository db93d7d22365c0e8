"""Rows. The only place that knows SQL: functions per subject over a connection; the caller owns the transaction."""
