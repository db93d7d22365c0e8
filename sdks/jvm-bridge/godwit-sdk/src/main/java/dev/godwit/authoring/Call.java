package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CallNode;
import dev.godwit.idl.core.v1.Node;
import java.util.Set;

/**
 * A call of a task, workflow or launch plan. Its inputs are set one by one; what has a default may be left out.
 *
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output
 */
public final class Call<I, O> extends Step<Call<I, O>> {
    private final Callee<I, O> callee;
    private final Bindings bindings;
    private Overrides overrides = Overrides.none();

    Call(Block block, Callee<I, O> callee) {
        super(block);
        this.callee = callee;
        this.bindings = new Bindings("Node " + id() + ", a call of " + callee.name());
    }

    @Override
    Call<I, O> self() {
        return this;
    }

    /**
     * Sets an input.
     *
     * @param input its accessor: {@code GreetIn::name}
     * @param <V> its type
     * @return what takes the value
     */
    public <V> Slot<Call<I, O>, V> set(Getter<I, V> input) {
        return new Slot<>(
                this,
                callee.signature().components().find(input),
                (name, value) -> bindings.set(name, value, block().frame()));
    }

    /**
     * Changes settings of the task for this call.
     *
     * @param changes what differs
     * @return this
     */
    public Call<I, O> with(Overrides changes) {
        overrides = changes;
        return this;
    }

    /**
     * An output.
     *
     * @param output its accessor: {@code GreetOut::greeting}
     * @param <V> its type
     * @return a promise of it
     * @throws DeclarationException {@code INVALID_GETTER}: it is no reference to an accessor, or there is no record of outputs
     */
    public <V> Promise<V> get(Getter<O, V> output) {
        Components.Component found = NodeOutputs.find(callee.signature(), output, callee.name());
        return output(found.field().name(), found.type());
    }

    /**
     * What the call gives as a whole: its one output, or a record of all of them.
     *
     * @return a promise of it
     * @throws DeclarationException {@code NO_OUTPUT}: it gives nothing
     */
    public Promise<O> result() {
        return NodeOutputs.all(this, callee.signature());
    }

    @Override
    void fill(Node.Builder node) {
        Components inputs = callee.signature().components();
        bindings.checkComplete(inputs, boundElsewhere(callee));
        CallNode.Builder call = CallNode.newBuilder().setTarget(callee.target()).addAllInputs(bindings.inOrder(inputs));
        if (overrides.message().getSerializedSize() > 0) {
            call.setOverrides(overrides.message());
        }
        node.setCall(call);
    }

    static Set<String> boundElsewhere(Callee<?, ?> callee) {
        return callee instanceof LaunchPlan<?, ?> plan ? plan.bound() : Set.of();
    }
}
