package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.ExpressionRecord;
import dev.godwit.types.JavaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A record that is put together of promises and constants.
 *
 * @param <R> its class
 */
public final class RecordExpression<R> {
    private final JavaType type;
    private final Components components;
    private final Bindings bindings;
    private final List<Frame> frames = new ArrayList<>();

    RecordExpression(JavaType type) {
        this.type = type;
        this.components = Components.of(type);
        this.bindings = new Bindings("Record " + components.codec().shape().name());
    }

    /**
     * Sets a component.
     *
     * @param component its accessor
     * @param <V> its type
     * @return what takes its value
     */
    public <V> Slot<RecordExpression<R>, V> set(Getter<R, V> component) {
        return new Slot<>(this, components.find(component), (name, value) -> {
            bindings.put(name, value);
            frames.addAll(value.frames());
        });
    }

    /**
     * The record.
     *
     * @return a promise of it
     * @throws DeclarationException a component without a default is not set
     */
    public Promise<R> promise() {
        bindings.checkComplete(components, Set.of());
        bindings.fillDefaults(components);
        ExpressionRecord record = ExpressionRecord.newBuilder()
                .addAllFields(bindings.inOrder(components))
                .setType(components.codec().type().getRecord())
                .build();
        return new Promise<>(Expression.newBuilder().setRecord(record).build(), type, frames);
    }
}
