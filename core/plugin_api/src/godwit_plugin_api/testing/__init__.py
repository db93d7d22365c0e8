"""What a plugin proves itself with: suites to inherit, and fakes that pass them. Needs the extra `testing`.

    from godwit_plugin_api.testing.backend_suite import BackendSuite

    class TestMyBackend(BackendSuite):
        def make_backend(self): return MyBackend()
        def task(self, behaviour): ...

A suite is a class of tests over abstract makers. Inherit it in a test module of pytest, write the makers, and run.
"""

import pytest

_SUITES = ("backend", "entity_loader", "persistence", "secret_provider", "task_runtime", "transformer")

# Before the suites are imported, so that their failures show values.
pytest.register_assert_rewrite(*(f"{__name__}.{kind}_suite" for kind in _SUITES))
