"""A clock that a test turns and sets, as the shell reads it."""

from godwit_core.runtime.clock import SteadyTime


class TurnedClock:
    """Both clocks of a host, the time of the engine on it, and the times at which timers come."""

    def __init__(self):
        self._boot_us = 1_000_000
        self._ahead_us = 0
        self.restart(0)

    def now_us(self):
        return self._boot_us + self._ahead_us

    def boot_us(self):
        return self._boot_us

    def restart(self, last_us):
        """Begin a new engine, which goes on with a history whose last event was at *last_us*."""
        self._steady = SteadyTime(self)
        self._steady.go_on_from(last_us)

    @property
    def now(self):
        """The time of day, as the engine gives it to `step`."""
        return self._steady.now_us()

    def set_by(self, hours):
        """Set the time of day forward, or back."""
        self._ahead_us += hours * 3_600_000_000

    def let_pass(self, us):
        self._boot_us += us

    def timer_of(self, due_us):
        """Return when on the boot clock a timer comes that is set now."""
        return due_us + self._steady.boot_ahead_us()

    def let_pass_until(self, boot_us):
        """Let time pass until a timer comes."""
        self._boot_us = max(self._boot_us, boot_us)
