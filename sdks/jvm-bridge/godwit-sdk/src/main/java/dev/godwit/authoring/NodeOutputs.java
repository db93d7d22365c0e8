package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.ExpressionRecord;
import dev.godwit.idl.core.v1.NodeOutput;
import dev.godwit.interfaces.Outputs;

/** References to what nodes give. */
final class NodeOutputs {
    private NodeOutputs() {}

    static Expression expression(String node, String output) {
        return Expression.newBuilder()
                .setNodeOutput(NodeOutput.newBuilder().setNodeId(node).setOutput(output))
                .build();
    }

    /** All outputs of a node: a record that is made of them, or its one output. */
    static <O> Promise<O> all(Step<?> step, Signature<?, O> signature) {
        if (signature.declared().getOutputsCount() == 0) {
            throw new DeclarationException(
                    "NO_OUTPUT", "Node " + step.id() + " gives nothing.", "Wait for it by after.");
        }
        if (signature.namedOutputs().isEmpty()) {
            return step.output(Outputs.UNNAMED, signature.output());
        }
        Components components = signature.namedOutputs().get();
        ExpressionRecord.Builder record =
                ExpressionRecord.newBuilder().setType(components.codec().type().getRecord());
        components.all().stream()
                .map(one -> one.field().name())
                .forEach(name -> record.addFieldsBuilder().setName(name).setValue(expression(step.id(), name)));
        Expression expression = Expression.newBuilder().setRecord(record).build();
        return new Promise<>(
                expression, signature.output(), java.util.List.of(step.block().frame()));
    }

    /** One output of a node. */
    static Components.Component find(Signature<?, ?> signature, Getter<?, ?> getter, String callee) {
        return signature
                .namedOutputs()
                .orElseThrow(() -> new DeclarationException(
                        "INVALID_GETTER",
                        callee + " gives one value of type " + signature.output() + ", and no record of outputs.",
                        "Take result(), and then a component of it."))
                .find(getter);
    }
}
