"""The meaning of the contract's values: digests, castability, checks, texts for people, JSON, and framing."""
