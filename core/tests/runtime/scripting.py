"""What the tests of the runtime are made of: a clock, a registry with a scripted backend, registrations by hand."""

from godwit_core.engine.failures import make_error
from godwit_core.runtime.engine import Engine, EngineSettings
from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, Lost, OutputValue
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.testing.fakes import FakeBackend, FakePlace
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.errors_pb2 import RETRY_WITH_MORE_MEMORY
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_INT, Literal, NamedLiterals
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST
from godwitidl.rules.digest import literal_digest


class Clock:
    """Both clocks stand still until the test turns them; the time of day may also be set."""

    def __init__(self):
        self.us = 1_000_000_000
        self.set_by_us = 0

    def now_us(self):
        return self.us + self.set_by_us

    def boot_us(self):
        return self.us


OUT_OF_MEMORY = make_error("OUT_OF_MEMORY", "It is not enough.", retry=RETRY_WITH_MORE_MEMORY)


class ScriptedRegistry:
    """The installed plugins, but for one backend that runs `script`."""

    def __init__(self):
        self._installed = load_plugins()
        self.place = FakePlace()
        self.failures = {}  # task name → errors of its first attempts
        self.failing_inputs = set()
        self.hold = False
        self.memory_needed = 0
        self.most_at_once = 0
        self.requests = {}  # every attempt that came, by id
        self.listening = ()
        self.listener = None

    disabled = ()

    def records(self, kind):
        return self.listening if kind is Kind.EVENT_LISTENER else ()

    def load(self, _kind, _key):
        return self.listener

    def owner(self, _kind, _key):
        return self._installed.plugins[0]

    def create(self, kind, key, **options):
        if kind is Kind.BACKEND and key == "scripted":
            return FakeBackend(self.script, self.place, room=8, cpu_millis=4000, memory_bytes=4 << 30)
        return self._installed.create(kind, key, **options)

    def script(self, request):
        """Add one to the input; fail as often as the test says."""
        self.requests[request.id] = request
        self.most_at_once = max(self.most_at_once, len({*self.place.running, request.id}))
        if self.hold:
            return None
        if request.memory_bytes < self.memory_needed:
            return Finished(request.id, error=OUT_OF_MEMORY)
        planned = self.failures.get(request.task.name, [])
        if request.number <= len(planned):
            kind = planned[request.number - 1]
            if kind == "lost":
                return Lost(request.id, attempt_errors.lost("The place is gone."))
            return Finished(request.id, error=attempt_errors.failed("FAKE", "It failed, as it was told to."))
        inputs = NamedLiterals.FromString(request.inputs).values
        if inputs[0].value.int_value in self.failing_inputs:
            return Finished(request.id, error=attempt_errors.failed("FAKE", "It failed, as it was told to."))
        literal = Literal(int_value=sum(one.value.int_value for one in inputs) + 1)
        return Finished(request.id, (OutputValue("result", literal.SerializeToString(), literal_digest(literal)),))


def task(name, *, retries=0, cache="", ttl_s=0):
    spec = TaskSpec()
    spec.id.name = name
    spec.backend = "scripted"
    spec.program.command.append("none")
    given = spec.interface.inputs.add(name="x")
    given.type.simple = SIMPLE_TYPE_INT
    spec.interface.outputs.add(name="result").type.simple = SIMPLE_TYPE_INT
    spec.retries.max_retries = retries
    if cache:
        spec.cache.version = cache
        if ttl_s:
            spec.cache.time_to_live.seconds = ttl_s
    return spec


def chain(*tasks, name="chain"):
    """A registration of a workflow that passes its input through *tasks*, one after the other."""
    registration = Registration(project="p", domain="development", version="1")
    unique = {spec.id.name: spec for spec in tasks}
    registration.bundle.tasks.extend(unique[key] for key in sorted(unique))
    workflow = registration.bundle.workflows.add()
    workflow.id.name = name
    workflow.failure_policy = FAILURE_POLICY_FAIL_FAST
    workflow.interface.inputs.add(name="x").type.simple = SIMPLE_TYPE_INT
    workflow.interface.outputs.add(name="result").type.simple = SIMPLE_TYPE_INT
    for index, spec in enumerate(tasks):
        node = workflow.body.nodes.add(id=f"n{index}")
        node.call.target.task.name = spec.id.name
        binding = node.call.inputs.add(name="x")
        if index:
            binding.value.node_output.node_id = f"n{index - 1}"
            binding.value.node_output.output = "result"
        else:
            binding.value.workflow_input = "x"
    last = workflow.body.outputs.add(name="result")
    last.value.node_output.node_id = f"n{len(tasks) - 1}"
    last.value.node_output.output = "result"
    return registration


def engine(home, registry, clock):
    return Engine(EngineSettings(home=home, workers=2), registry, clock)


def integer(value):
    return Literal(int_value=value)
