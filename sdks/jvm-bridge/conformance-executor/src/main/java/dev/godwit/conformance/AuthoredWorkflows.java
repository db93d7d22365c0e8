package dev.godwit.conformance;

import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.FailurePolicy;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.Interface;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.idl.core.v1.Overrides;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordType;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.core.v1.WorkflowSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Workflows that were made up, by way of the source that an author would have written: compiled, loaded, serialized. */
final class AuthoredWorkflows {
    /** The classes that stand for an interface. */
    private record Records(String inputs, String outputs, Set<String> nullable) {}

    private final JavaDeclarations declarations = new JavaDeclarations(Moments.ANY);
    private final Map<String, Records> records = new HashMap<>();
    private final StringBuilder members = new StringBuilder();
    private Records own;

    private AuthoredWorkflows() {}

    /**
     * Authors a workflow.
     *
     * @param wanted what it is to be
     * @param compilation compiles its source
     * @return its specs, as the SDK makes them
     * @throws UnsupportedRequest it holds what is not made up so far
     */
    static Bundle authored(Bundle wanted, JavaCompilation compilation) {
        ClassLoader classes = compilation.compile(JavaDeclarations.OUTER, new AuthoredWorkflows().source(wanted));
        try {
            return Bundles.of(DeclaredEntities.of(classes.loadClass(JavaDeclarations.OUTER)));
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException("the compiler made no class", error);
        }
    }

    private String source(Bundle wanted) {
        wanted.getTasksList().forEach(this::task);
        wanted.getWorkflowsList().forEach(this::workflow);
        return "import dev.godwit.authoring.*;\npublic final class " + JavaDeclarations.OUTER + " {\n"
                + declarations.classes() + members + "}\n";
    }

    private Records records(Interface of) {
        RecordType.Builder inputs = RecordType.newBuilder().setName("In");
        for (Input input : of.getInputsList()) {
            RecordField.Builder field =
                    RecordField.newBuilder().setName(input.getName()).setType(input.getType());
            if (input.hasDefaultValue()) {
                field.setDefaultValue(input.getDefaultValue());
            }
            inputs.addFields(field);
        }
        RecordType.Builder outputs = RecordType.newBuilder().setName("Out");
        for (Output output : of.getOutputsList()) {
            outputs.addFields(RecordField.newBuilder().setName(output.getName()).setType(output.getType()));
        }
        Set<String> nullable = of.getInputsList().stream()
                .filter(input -> input.getType().getNullable())
                .map(Input::getName)
                .collect(Collectors.toSet());
        return new Records(declarations.record(inputs.build()), declarations.record(outputs.build()), nullable);
    }

    private void task(TaskSpec task) {
        Records types = records(task.getInterface());
        records.put(task.getId().getName(), types);
        String name = JavaDeclarations.quoted(task.getId().getName());
        members.append("static final Task<%s, %s> %s = Task.<%1$s, %2$s>of(%s, %1$s.class, %2$s.class, given -> {"
                .formatted(
                        types.inputs(), types.outputs(), variable(task.getId().getName()), name));
        members.append(" throw new UnsupportedOperationException(); })");
        if (task.hasRetries()) {
            members.append(".retries(" + task.getRetries().getMaxRetries() + ")");
        }
        if (task.hasCache()) {
            String version = JavaDeclarations.quoted(task.getCache().getVersion());
            members.append(".cache(Cache.version(" + version + "))");
        }
        members.append(";\n");
    }

    private void workflow(WorkflowSpec workflow) {
        own = records(workflow.getInterface());
        String name = JavaDeclarations.quoted(workflow.getId().getName());
        members.append("static final Workflow<%s, %s> MAIN = Workflow.of(%s, %1$s.class, %2$s.class, flow -> {\n"
                .formatted(own.inputs(), own.outputs(), name));
        Map<String, Node> nodes =
                workflow.getBody().getNodesList().stream().collect(Collectors.toMap(Node::getId, one -> one));
        workflow.getBody().getNodesList().forEach(node -> node(node, nodes));
        for (Binding output : workflow.getBody().getOutputsList()) {
            members.append("flow.output(%s::%s).to(%s);\n"
                    .formatted(own.outputs(), output.getName(), expression(output.getValue(), nodes)));
        }
        boolean all = workflow.getFailurePolicy() == FailurePolicy.FAILURE_POLICY_RUN_WHAT_CAN_RUN;
        members.append(all ? "}).runWhatCanRun();\n" : "});\n");
    }

    private void node(Node node, Map<String, Node> nodes) {
        CallTarget target = target(node);
        Records types = records.get(target.getTask().getName());
        String verb = node.hasMap() ? "map" : "call";
        members.append("var %s = flow.%s(%s)"
                .formatted(node.getId(), verb, variable(target.getTask().getName())));
        bind("over", node.getMap().getOverList(), types, nodes);
        bind(
                "set",
                node.hasMap() ? node.getMap().getInputsList() : node.getCall().getInputsList(),
                types,
                nodes);
        if (node.getMap().hasConcurrency()) {
            members.append(".concurrency(" + node.getMap().getConcurrency() + ")");
        }
        Overrides overrides =
                node.hasMap() ? node.getMap().getOverrides() : node.getCall().getOverrides();
        if (overrides.hasRetries()) {
            int retries = overrides.getRetries().getMaxRetries();
            members.append(".with(Overrides.none().retries(" + retries + "))");
        }
        if (node.getAfterCount() > 0) {
            members.append(".after(" + String.join(", ", node.getAfterList()) + ")");
        }
        members.append(";\n");
    }

    private void bind(String verb, List<Binding> bindings, Records types, Map<String, Node> nodes) {
        for (Binding binding : bindings) {
            String value = expression(binding.getValue(), nodes);
            if (binding.getValue().hasLiteral() && types.nullable().contains(binding.getName())) {
                boolean none = binding.getValue().getLiteral().hasNone();
                value = none ? "java.util.Optional.empty()" : "java.util.Optional.of(" + value + ")";
            }
            members.append(".%s(%s::%s).to(%s)".formatted(verb, types.inputs(), binding.getName(), value));
        }
    }

    private static CallTarget target(Node node) {
        return switch (node.getKindCase()) {
            case CALL -> node.getCall().getTarget();
            case MAP -> node.getMap().getTarget();
            default -> throw new UnsupportedRequest("made-up workflows with " + node.getKindCase());
        };
    }

    private String expression(Expression value, Map<String, Node> nodes) {
        return switch (value.getKindCase()) {
            case WORKFLOW_INPUT -> "flow.input(" + own.inputs() + "::" + value.getWorkflowInput() + ")";
            case NODE_OUTPUT -> {
                String id = value.getNodeOutput().getNodeId();
                Records types = records.get(target(nodes.get(id)).getTask().getName());
                yield id + ".get(" + types.outputs() + "::"
                        + value.getNodeOutput().getOutput() + ")";
            }
            case LITERAL -> constant(value.getLiteral());
            default -> throw new UnsupportedRequest("made-up workflows with " + value.getKindCase());
        };
    }

    private static String constant(Literal value) {
        return switch (value.getKindCase()) {
            case INT_VALUE -> value.getIntValue() + "L";
            case FLOAT_VALUE -> "Double.longBitsToDouble(" + Double.doubleToRawLongBits(value.getFloatValue()) + "L)";
            case BOOL_VALUE -> String.valueOf(value.getBoolValue());
            case STRING_VALUE -> JavaDeclarations.quoted(value.getStringValue());
            case LIST ->
                "java.util.List.<Long>of("
                        + value.getList().getItemsList().stream()
                                .map(AuthoredWorkflows::constant)
                                .collect(Collectors.joining(", "))
                        + ")";
            case NONE -> "null";
            default -> throw new UnsupportedRequest("made-up workflows with constants of " + value.getKindCase());
        };
    }

    private static String variable(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT);
    }
}
