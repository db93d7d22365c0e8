package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Access;
import dev.godwit.idl.core.v1.AccessStep;
import dev.godwit.idl.core.v1.Comparison;
import dev.godwit.idl.core.v1.ComparisonOperator;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.ExpressionList;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.types.AsTuple;
import dev.godwit.types.JavaType;
import dev.godwit.values.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A value that will be there when the workflow runs, of a type that the compiler knows.
 *
 * @param <T> type of the value
 */
public final class Promise<T> {
    private final Expression expression;
    private final JavaType type;
    private final List<Frame> frames;

    Promise(Expression expression, JavaType type, List<Frame> frames) {
        this.expression = expression;
        this.type = type;
        this.frames = List.copyOf(frames);
    }

    Expression expression() {
        return expression;
    }

    /**
     * Its type.
     *
     * @return as its author wrote it
     */
    public JavaType type() {
        return type;
    }

    List<Frame> frames() {
        return frames;
    }

    /** The same value, seen as another type that it is of, too. */
    <V> Promise<V> as(JavaType other) {
        return new Promise<>(expression, other, frames);
    }

    <V> Promise<V> made(Expression of, JavaType as) {
        return new Promise<>(of, as, frames);
    }

    Promise<Boolean> joined(Expression of, Promise<?> other) {
        List<Frame> both = new ArrayList<>(frames);
        both.addAll(other.frames);
        return new Promise<>(of, JavaType.of(boolean.class), both);
    }

    /**
     * A component of a record.
     *
     * @param component its accessor: {@code Model::weights}
     * @param <V> its type
     * @return a promise of it
     * @throws DeclarationException {@code INVALID_GETTER}: it is no reference to an accessor
     */
    public <V> Promise<V> get(Getter<? super T, V> component) {
        Components.Component found = Components.of(type).find(component);
        AccessStep.Builder step = AccessStep.newBuilder();
        if (type.raw().isAnnotationPresent(AsTuple.class)) {
            step.setIndex(found.index());
        } else {
            step.setField(found.field().name());
        }
        return made(stepped(step.build()), found.type());
    }

    /** The expression of a part of this value. */
    Expression stepped(AccessStep step) {
        Access.Builder access = expression.hasAccess()
                ? expression.getAccess().toBuilder()
                : Access.newBuilder().setOf(expression);
        return Expression.newBuilder().setAccess(access.addSteps(step)).build();
    }

    /**
     * The same value where none may come, too.
     *
     * @return a promise that may be none
     */
    public Promise<Optional<T>> optional() {
        return as(new JavaType(Optional.class, List.of(type), List.of()));
    }

    /**
     * Whether the value is none; of what may be, by {@link Optional} or {@code @Nullable}.
     *
     * @return a condition
     */
    public Promise<Boolean> isNone() {
        return made(Expression.newBuilder().setIsNull(expression).build(), JavaType.of(boolean.class));
    }

    /**
     * This value, or another where it is none; of what is {@code @Nullable}. See {@link Expressions#coalesce} for Optional.
     *
     * @param other what is taken in its place
     * @return the first that is not none
     */
    public Promise<T> orElse(Promise<? extends T> other) {
        List<Frame> both = new ArrayList<>(frames);
        both.addAll(other.frames());
        ExpressionList items = ExpressionList.newBuilder()
                .addItems(expression)
                .addItems(other.expression())
                .build();
        return new Promise<>(Expression.newBuilder().setCoalesce(items).build(), other.type(), both);
    }

    /**
     * Whether two values are equal.
     *
     * @param other the other
     * @return a condition
     */
    public Promise<Boolean> equalTo(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_EQUAL, other);
    }

    /**
     * Whether the value is equal to one that is known.
     *
     * @param other the other
     * @return a condition
     */
    public Promise<Boolean> equalTo(T other) {
        return equalTo(constant(other));
    }

    /**
     * Whether two values differ.
     *
     * @param other the other
     * @return a condition
     */
    public Promise<Boolean> notEqualTo(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_NOT_EQUAL, other);
    }

    /**
     * Whether the value differs from one that is known.
     *
     * @param other the other
     * @return a condition
     */
    public Promise<Boolean> notEqualTo(T other) {
        return notEqualTo(constant(other));
    }

    /**
     * Whether the value is less.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> lessThan(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_LESS, other);
    }

    /**
     * Whether the value is less.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> lessThan(T other) {
        return lessThan(constant(other));
    }

    /**
     * Whether the value is less or equal.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> atMost(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_LESS_OR_EQUAL, other);
    }

    /**
     * Whether the value is less or equal.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> atMost(T other) {
        return atMost(constant(other));
    }

    /**
     * Whether the value is greater.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> greaterThan(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_GREATER, other);
    }

    /**
     * Whether the value is greater.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> greaterThan(T other) {
        return greaterThan(constant(other));
    }

    /**
     * Whether the value is greater or equal.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> atLeast(Promise<? extends T> other) {
        return compare(ComparisonOperator.COMPARISON_OPERATOR_GREATER_OR_EQUAL, other);
    }

    /**
     * Whether the value is greater or equal.
     *
     * @param other than this
     * @return a condition
     */
    public Promise<Boolean> atLeast(T other) {
        return atLeast(constant(other));
    }

    private Promise<T> constant(T value) {
        Literal literal = Components.CODECS.of(type).writeAny(value, Data.none());
        return new Promise<>(Expression.newBuilder().setLiteral(literal).build(), type, List.of());
    }

    private Promise<Boolean> compare(ComparisonOperator operator, Promise<?> other) {
        Comparison comparison = Comparison.newBuilder()
                .setOperator(operator)
                .setLeft(expression)
                .setRight(other.expression())
                .build();
        return joined(Expression.newBuilder().setComparison(comparison).build(), other);
    }

    /** A promise decides nothing where it is made. */
    @Override
    public String toString() {
        return "a promise of " + type;
    }
}
