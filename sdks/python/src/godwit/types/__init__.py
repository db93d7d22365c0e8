"""Python values and the contract's types and literals, in both directions."""
