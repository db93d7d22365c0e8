"""The engine's imperative shell: the loop, its transactions, its leases, and the doors to backends."""
