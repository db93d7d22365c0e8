package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.types.JavaType;
import dev.godwit.types.TypeRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Where nodes are declared: the body of a workflow, or a case of a branch. */
public sealed class Block permits OutputBlock {
    private final Trace trace;
    private final Frame frame;
    private final List<Step<?>> steps = new ArrayList<>();

    Block(Trace trace, Frame frame) {
        this.trace = trace;
        this.frame = frame;
    }

    final Trace trace() {
        return trace;
    }

    final Frame frame() {
        return frame;
    }

    private <S extends Step<S>> S added(S step) {
        steps.add(step);
        return step;
    }

    /**
     * Calls a task, workflow or launch plan.
     *
     * @param callee what is called
     * @param <I> record of its inputs
     * @param <O> its outputs
     * @return the call, whose inputs are to be set
     */
    public final <I, O> Call<I, O> call(Callee<I, O> callee) {
        trace.calls(callee);
        return added(new Call<>(this, callee));
    }

    /**
     * Calls one for each item of one or more lists; all must succeed.
     *
     * @param callee what is called
     * @param <I> record of its inputs
     * @param <O> its outputs
     * @return the map, whose inputs are to be set
     */
    public final <I, O> MapCall<I, O> map(Callee<I, O> callee) {
        trace.calls(callee);
        return added(new MapCall<>(this, callee));
    }

    /**
     * Calls one for each item of one or more lists, of which some must succeed.
     *
     * @param callee what is called
     * @param minSuccesses how many must
     * @param <I> record of its inputs
     * @param <O> its outputs
     * @return the map, whose inputs are to be set
     */
    public final <I, O> TolerantMapCall<I, O> mapTolerating(Callee<I, O> callee, long minSuccesses) {
        TolerantMapCall<I, O> map = tolerant(callee);
        map.settings().setMinSuccesses(minSuccesses);
        return map;
    }

    /**
     * Calls one for each item of one or more lists, of which a share must succeed.
     *
     * @param callee what is called
     * @param minSuccessRatio the share that must, 0 to 1
     * @param <I> record of its inputs
     * @param <O> its outputs
     * @return the map, whose inputs are to be set
     */
    public final <I, O> TolerantMapCall<I, O> mapTolerating(Callee<I, O> callee, double minSuccessRatio) {
        TolerantMapCall<I, O> map = tolerant(callee);
        map.settings().setMinSuccessRatio(minSuccessRatio);
        return map;
    }

    private <I, O> TolerantMapCall<I, O> tolerant(Callee<I, O> callee) {
        trace.calls(callee);
        return added(new TolerantMapCall<>(this, callee));
    }

    /**
     * Runs one of several cases that give one value each.
     *
     * @param condition of the first case
     * @param then declares its nodes, and gives its value
     * @param <R> type of the value
     * @return further cases are to follow, and in the end what is otherwise
     */
    public final <R> Choice<R> choose(Promise<Boolean> condition, Function<Block, Promise<R>> then) {
        Choice<R> choice = added(new Choice<>(this));
        return choice.or(condition, then);
    }

    /**
     * Runs one of several cases that give several values each.
     *
     * @param outputs record of the values
     * @param condition of the first case
     * @param then declares its nodes, and sets the outputs
     * @param <R> record of the values
     * @return further cases are to follow, and in the end what is otherwise
     */
    public final <R> Branch<R> choose(Class<R> outputs, Promise<Boolean> condition, Consumer<OutputBlock<R>> then) {
        Branch<R> branch = added(new Branch<>(this, JavaType.of(outputs)));
        return branch.or(condition, then);
    }

    /**
     * Runs nodes that give nothing where a condition holds.
     *
     * @param condition the condition
     * @param then declares the nodes
     * @return further cases, and what is otherwise, may follow
     */
    public final Branch<Empty> when(Promise<Boolean> condition, Consumer<OutputBlock<Empty>> then) {
        Branch<Empty> branch = added(new Branch<>(this, JavaType.of(Empty.class)));
        return branch.or(condition, then);
    }

    /**
     * Waits for a person's yes.
     *
     * @param prompt what is asked; empty: the node's name
     * @return the node
     */
    public final Approval approve(String prompt) {
        return added(new Approval(this, prompt));
    }

    /**
     * Waits for a value.
     *
     * @param name by which it is answered; empty: the node's id
     * @param type its class
     * @param <T> its class
     * @return the node
     */
    public final <T> Signal<T> waitFor(String name, Class<T> type) {
        return added(new Signal<>(this, name, JavaType.of(type)));
    }

    /**
     * Waits for a value of a type with parameters.
     *
     * @param name by which it is answered; empty: the node's id
     * @param type its type
     * @param <T> its type
     * @return the node
     */
    public final <T> Signal<T> waitFor(String name, TypeRef<T> type) {
        return added(new Signal<>(this, name, type.type()));
    }

    /**
     * Waits for some time.
     *
     * @param length how long
     * @return the node
     */
    public final Sleep sleep(Duration length) {
        return sleep(Expressions.value(Duration.class, length));
    }

    /**
     * Waits for some time.
     *
     * @param length how long
     * @return the node
     */
    public final Sleep sleep(Promise<Duration> length) {
        return added(new Sleep(this, length));
    }

    final List<Node> nodes() {
        return steps.stream().map(Step::node).toList();
    }

    dev.godwit.idl.core.v1.Block message(List<Binding> outputs) {
        return dev.godwit.idl.core.v1.Block.newBuilder()
                .addAllNodes(nodes())
                .addAllOutputs(outputs)
                .build();
    }
}
