package dev.godwit.testing;

import dev.godwit.authoring.Callee;
import dev.godwit.authoring.Workflow;
import dev.godwit.castability.CastException;
import dev.godwit.castability.Coercion;
import dev.godwit.errors.GodwitException;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Blame;
import dev.godwit.idl.core.v1.Block;
import dev.godwit.idl.core.v1.BranchCase;
import dev.godwit.idl.core.v1.BranchNode;
import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.idl.core.v1.Retry;
import dev.godwit.idl.core.v1.SignalNode;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.WorkflowSpec;
import dev.godwit.values.Codec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One run of one workflow: its nodes one after the other, each when what it needs is there. */
final class WorkflowRun {
    private final InPlace place;
    private final String path;
    private final WorkflowSpec spec;
    private final Map<CallTarget, Callee<?, ?>> callees = new HashMap<>();
    private final Evaluation evaluation;
    private final Scope inputs = new Scope(null);

    WorkflowRun(InPlace place, Workflow<?, ?> workflow, String path) {
        this.place = place;
        this.path = path;
        this.spec = workflow.spec();
        this.evaluation = new Evaluation(place.data());
        workflow.callees().forEach(callee -> callees.put(callee.target(), callee));
    }

    NamedLiterals run(NamedLiterals given) {
        Map<String, Literal> values = new HashMap<>();
        given.getValuesList().forEach(one -> values.put(one.getName(), one.getValue()));
        for (Input input : spec.getInterface().getInputsList()) {
            Literal value = values.remove(input.getName());
            if (value == null && !input.hasDefaultValue()) {
                throw new ValueMismatchException(
                        input.getName(), "a value of the input", "nothing", "Give it, or declare a default.");
            }
            inputs.input(input.getName(), Typed.of(value == null ? input.getDefaultValue() : value, input.getType()));
        }
        if (!values.isEmpty()) {
            throw new ValueMismatchException("the inputs of " + spec.getId().getName(), "the input " + values.keySet());
        }
        try {
            return block(spec.getBody(), spec.getInterface().getOutputsList(), new Scope(inputs));
        } catch (NodeFailedException failure) {
            handle(failure);
            throw failure;
        }
    }

    private void handle(NodeFailedException failure) {
        if (!spec.hasOnFailure()) {
            return;
        }
        Type type = Type.newBuilder().setSimple(SimpleType.SIMPLE_TYPE_ERROR).build();
        ExecutionError error = ExecutionError.newBuilder()
                .setCode(failure.code())
                .setMessage(String.valueOf(failure.getMessage()))
                .setBlame(Blame.BLAME_USER)
                .setRetry(Retry.RETRY_FORBIDDEN)
                .setNodePath(failure.node())
                .build();
        Scope scope = new Scope(inputs);
        scope.error(Typed.of(Literal.newBuilder().setError(error).build(), type));
        Callee<?, ?> handler = callee(spec.getOnFailure().getTarget());
        try {
            place.call(handler, bound(handler, spec.getOnFailure().getInputsList(), scope), within("on_failure"));
        } catch (NodeFailedException second) {
            failure.addSuppressed(second);
        }
    }

    private NamedLiterals block(Block block, List<Output> outputs, Scope scope) {
        block.getNodesList().forEach(node -> scope.declare(node.getId(), () -> run(node, scope)));
        scope.finish();
        Map<String, Type> types = new LinkedHashMap<>();
        outputs.forEach(output -> types.put(output.getName(), output.getType()));
        NamedLiterals.Builder given = NamedLiterals.newBuilder();
        for (Binding output : block.getOutputsList()) {
            given.addValues(named(output.getName(), of(output, types.get(output.getName()), scope)));
        }
        return given.build();
    }

    private Literal of(Binding binding, Type type, Scope scope) {
        return evaluation.of(binding.getValue(), type, scope);
    }

    private static NamedLiteral named(String name, Literal value) {
        return NamedLiteral.newBuilder().setName(name).setValue(value).build();
    }

    private String within(String step) {
        return path.isEmpty() ? step : path + "/" + step;
    }

    private void run(Node node, Scope scope) {
        node.getAfterList().forEach(scope::require);
        try {
            switch (node.getKindCase()) {
                case CALL -> {
                    Callee<?, ?> callee = callee(node.getCall().getTarget());
                    NamedLiterals given = bound(callee, node.getCall().getInputsList(), scope);
                    keep(
                            node,
                            place.call(callee, given, within(node.getId())),
                            callee.signature().declared().getOutputsList(),
                            scope);
                }
                case MAP ->
                    new MapRun(place, evaluation, callee(node.getMap().getTarget()), node, within(node.getId()))
                            .run(scope);
                case BRANCH -> branch(node, scope);
                case APPROVE -> approve(node);
                case SIGNAL -> signal(node, scope);
                default -> {
                    // nobody waits in place
                }
            }
        } catch (EvaluationException | CastException error) {
            throw new NodeFailedException(error.code(), within(node.getId()), error.getMessage(), error);
        }
    }

    private static void keep(Node node, NamedLiterals given, List<Output> outputs, Scope scope) {
        for (int i = 0; i < outputs.size(); i++) {
            Output output = outputs.get(i);
            scope.output(
                    node.getId(), output.getName(), Typed.of(given.getValues(i).getValue(), output.getType()));
        }
    }

    private Callee<?, ?> callee(CallTarget target) {
        return callees.get(target);
    }

    private NamedLiterals bound(Callee<?, ?> callee, List<Binding> bindings, Scope scope) {
        return bound(evaluation, callee, bindings, scope);
    }

    static NamedLiterals bound(Evaluation evaluation, Callee<?, ?> callee, List<Binding> bindings, Scope scope) {
        Map<String, Type> types = new HashMap<>();
        callee.signature().declared().getInputsList().forEach(one -> types.put(one.getName(), one.getType()));
        NamedLiterals.Builder given = NamedLiterals.newBuilder();
        for (Binding binding : bindings) {
            Type type = types.get(binding.getName());
            given.addValues(named(binding.getName(), evaluation.of(binding.getValue(), type, scope)));
        }
        return given.build();
    }

    private void branch(Node node, Scope scope) {
        BranchNode branch = node.getBranch();
        Block chosen = null;
        for (BranchCase one : branch.getCasesList()) {
            if (evaluation.holds(one.getCondition(), scope)) {
                chosen = one.getThen();
                break;
            }
        }
        if (chosen == null && branch.hasFail()) {
            throw new NodeFailedException("NO_CASE", within(node.getId()), branch.getFail(), null);
        }
        Block block = chosen == null ? branch.getOtherwise() : chosen;
        keep(node, block(block, branch.getOutputsList(), new Scope(scope)), branch.getOutputsList(), scope);
    }

    private void approve(Node node) {
        if (place.isRejected(List.of(node.getId(), within(node.getId()), node.getDisplayName()))) {
            throw new NodeFailedException("REJECTED", within(node.getId()), "it was rejected", null);
        }
    }

    private void signal(Node node, Scope scope) {
        SignalNode signal = node.getSignal();
        Object answer = place.answerOf(List.of(signal.getName(), node.getId(), within(node.getId())))
                .orElseThrow(() -> new GodwitException(
                        "NOT_ANSWERED",
                        "Node " + within(node.getId()) + " waits for a value that nobody gives.",
                        "Say it before: answer(\"" + (signal.getName().isEmpty() ? node.getId() : signal.getName())
                                + "\", …)."));
        Codec<?> codec = place.codecs().of(answer.getClass());
        Literal value = Coercion.coerce(codec.writeAny(answer, place.data()), codec.type(), signal.getType());
        scope.output(node.getId(), "value", Typed.of(value, signal.getType()));
    }
}
