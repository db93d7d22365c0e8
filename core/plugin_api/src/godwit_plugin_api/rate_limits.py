"""Limits on how often something may be done."""


class RateLimit:
    """A bucket of tokens that fills steadily. Pure: the time is told, in seconds of any clock that never goes back."""

    def __init__(self, rate_per_s: float, burst: int = 1) -> None:
        """Allow *rate_per_s* acts a second on average, and *burst* at once after a pause.

        Raises:
            ValueError: one of them is not positive.
        """
        if rate_per_s <= 0 or burst < 1:
            raise ValueError(f"rate and burst must be positive, not {rate_per_s} and {burst}")
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at: float | None = None

    def delay_s(self, now: float) -> float:
        """Return the seconds until an act is allowed; 0 when it is allowed now."""
        self._fill(now)
        return max(0.0, (1 - self._tokens) / self._rate_per_s)

    def take(self, now: float) -> bool:
        """Take a token for an act that follows; return whether there was one."""
        self._fill(now)
        # Sums of floats fall short of 1 by a hair where the time told is exactly when a token is due.
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens = max(0.0, self._tokens - 1)
        return True

    def _fill(self, now: float) -> None:
        if self._filled_at is not None:
            self._tokens = min(self._burst, self._tokens + max(0.0, now - self._filled_at) * self._rate_per_s)
        self._filled_at = now
