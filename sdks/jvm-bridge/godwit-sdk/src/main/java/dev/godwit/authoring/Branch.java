package dev.godwit.authoring;

import dev.godwit.idl.core.v1.BranchCase;
import dev.godwit.idl.core.v1.BranchNode;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.types.JavaType;
import java.util.function.Consumer;

/**
 * A node that runs the first case whose condition holds.
 *
 * @param <R> record of what each case gives; {@link Empty} where they give nothing
 */
public final class Branch<R> extends Step<Branch<R>> {
    private final Signature<Empty, R> signature;
    private final BranchNode.Builder settings = BranchNode.newBuilder();

    Branch(Block block, JavaType outputs) {
        super(block);
        signature = OutputBlock.outputsOnly(outputs);
    }

    @Override
    Branch<R> self() {
        return this;
    }

    private dev.godwit.idl.core.v1.Block traced(String what, Consumer<OutputBlock<R>> body) {
        OutputBlock<R> inner =
                new OutputBlock<>(block().trace(), new Frame(what + " of " + id(), block().frame()), signature);
        body.accept(inner);
        return inner.message();
    }

    /**
     * A further case.
     *
     * @param condition asked where none before it holds
     * @param then declares its nodes, and sets the outputs
     * @return this
     */
    public Branch<R> or(Promise<Boolean> condition, Consumer<OutputBlock<R>> then) {
        block().frame().check(condition.frames());
        settings.addCases(BranchCase.newBuilder()
                .setCondition(condition.expression())
                .setThen(traced("case " + settings.getCasesCount(), then)));
        return this;
    }

    /**
     * What happens where no condition holds.
     *
     * @param body declares its nodes, and sets the outputs
     * @return this
     */
    public Branch<R> otherwise(Consumer<OutputBlock<R>> body) {
        settings.setOtherwise(traced("the default case", body));
        return this;
    }

    /**
     * Fails where no condition holds.
     *
     * @param message why
     * @return this
     */
    public Branch<R> otherwiseFail(String message) {
        settings.setFail(message);
        return this;
    }

    /**
     * An output.
     *
     * @param output its accessor
     * @param <V> its type
     * @return a promise of it
     */
    public <V> Promise<V> get(Getter<R, V> output) {
        Components.Component found = NodeOutputs.find(signature, output, "Node " + id());
        return output(found.field().name(), found.type());
    }

    @Override
    void fill(Node.Builder node) {
        settings.clearOutputs().addAllOutputs(signature.declared().getOutputsList());
        Choice.close(settings, id());
        node.setBranch(settings);
    }
}
