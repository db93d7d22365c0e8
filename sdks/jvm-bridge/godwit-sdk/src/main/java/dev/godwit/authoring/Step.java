package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Node;
import dev.godwit.types.JavaType;
import java.util.ArrayList;
import java.util.List;

/**
 * A node of a workflow under construction.
 *
 * @param <S> its own class
 */
public abstract class Step<S extends Step<S>> {
    private final Block block;
    private final String id;
    private final List<String> after = new ArrayList<>();
    private String displayName = "";

    Step(Block block) {
        this.block = block;
        this.id = block.trace().nextId();
    }

    abstract S self();

    /** Writes what is particular to this kind of node. */
    abstract void fill(Node.Builder node);

    final Block block() {
        return block;
    }

    /**
     * Its id: n0, n1, … in the order in which nodes are declared, those of branches included.
     *
     * @return the id
     */
    public final String id() {
        return id;
    }

    /**
     * Gives it a name for people.
     *
     * @param name the name
     * @return this
     */
    public final S named(String name) {
        displayName = name;
        return self();
    }

    /**
     * Has it wait for others, beside those whose outputs it uses.
     *
     * @param others nodes of the same block, or of one around it
     * @return this
     * @throws DeclarationException {@code PROMISE_OUT_OF_SCOPE}: one is of another block
     */
    public final S after(Step<?>... others) {
        for (Step<?> other : others) {
            block.frame().check(List.of(other.block().frame()));
            after.add(other.id);
        }
        return self();
    }

    <T> Promise<T> output(String name, JavaType type) {
        return new Promise<>(NodeOutputs.expression(id, name), type, List.of(block.frame()));
    }

    final Node node() {
        Node.Builder node =
                Node.newBuilder().setId(id).setDisplayName(displayName).addAllAfter(after);
        fill(node);
        return node.build();
    }
}
