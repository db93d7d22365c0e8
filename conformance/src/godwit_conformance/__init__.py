"""The conformance suite of the contract: cases, and a harness that runs them against any SDK."""
