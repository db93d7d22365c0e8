package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.BranchCase;
import dev.godwit.idl.core.v1.BranchNode;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.interfaces.Outputs;
import dev.godwit.types.JavaType;
import java.util.List;
import java.util.function.Function;

/**
 * A node that runs the first case whose condition holds, and gives one value.
 *
 * @param <R> type of the value
 */
public final class Choice<R> extends Step<Choice<R>> {
    private final BranchNode.Builder settings = BranchNode.newBuilder();
    private JavaType type;

    Choice(Block block) {
        super(block);
    }

    @Override
    Choice<R> self() {
        return this;
    }

    private dev.godwit.idl.core.v1.Block traced(String what, Function<Block, ? extends Promise<? extends R>> body) {
        Block inner = new Block(block().trace(), new Frame(what + " of " + id(), block().frame()));
        Promise<? extends R> result = body.apply(inner);
        inner.frame().check(result.frames());
        if (type == null || contract(result.type()).getNullable()) {
            type = result.type();
        }
        return inner.message(List.of(Binding.newBuilder()
                .setName(Outputs.UNNAMED)
                .setValue(result.expression())
                .build()));
    }

    private static Type contract(JavaType of) {
        return Components.CODECS.of(of).type();
    }

    /**
     * A further case.
     *
     * @param condition asked where none before it holds
     * @param then declares its nodes, and gives its value
     * @return this
     */
    public Choice<R> or(Promise<Boolean> condition, Function<Block, ? extends Promise<? extends R>> then) {
        block().frame().check(condition.frames());
        settings.addCases(BranchCase.newBuilder()
                .setCondition(condition.expression())
                .setThen(traced("case " + settings.getCasesCount(), then)));
        return this;
    }

    /**
     * What happens where no condition holds.
     *
     * @param body declares its nodes, and gives its value
     * @return this
     */
    public Choice<R> otherwise(Function<Block, ? extends Promise<? extends R>> body) {
        settings.setOtherwise(traced("the default case", body));
        return this;
    }

    /**
     * Fails where no condition holds.
     *
     * @param message why
     * @return this
     */
    public Choice<R> otherwiseFail(String message) {
        settings.setFail(message);
        return this;
    }

    /**
     * What the case that ran gives.
     *
     * @return a promise of it
     */
    public Promise<R> result() {
        return output(Outputs.UNNAMED, type);
    }

    @Override
    void fill(Node.Builder node) {
        settings.clearOutputs()
                .addOutputs(Output.newBuilder().setName(Outputs.UNNAMED).setType(contract(type)));
        close(settings, id());
        node.setBranch(settings);
    }

    /** Says what happens where no condition holds, where nobody has. */
    static void close(BranchNode.Builder settings, String id) {
        if (settings.hasOtherwise() || settings.hasFail()) {
            return;
        }
        if (settings.getOutputsCount() > 0) {
            throw new DeclarationException(
                    "BRANCH_WITHOUT_DEFAULT",
                    "Node " + id + " gives something, but not where no condition holds.",
                    "Add otherwise, or otherwiseFail.");
        }
        settings.setOtherwise(dev.godwit.idl.core.v1.Block.getDefaultInstance());
    }
}
