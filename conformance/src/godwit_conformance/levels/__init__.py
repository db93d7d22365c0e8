"""The cases, one module or more for each level of the contract."""
