package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import dev.godwit.values.Data;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What a value is set to: the second half of {@code call.set(GreetIn::name).to(name)}. The first half fixes the type, so
 * that the compiler refuses another in the second.
 *
 * @param <S> what is gone on with
 * @param <V> type of the value
 */
public final class Slot<S, V> {
    private final S back;
    private final Components.Component component;
    private final BiConsumer<String, Promise<?>> target;

    Slot(S back, Components.Component component, BiConsumer<String, Promise<?>> target) {
        this.back = back;
        this.component = component;
        this.target = target;
    }

    /**
     * Sets it to what another node gives.
     *
     * @param promise the value
     * @return what it belongs to
     * @throws DeclarationException the promise is not known here, or something was set before
     */
    public S to(Promise<? extends V> promise) {
        target.accept(component.field().name(), promise);
        return back;
    }

    /**
     * Sets it to a constant.
     *
     * @param value the value
     * @return what it belongs to
     * @throws dev.godwit.errors.ValueMismatchException it is none of its type
     * @throws DeclarationException something was set before
     */
    public S to(V value) {
        Expression constant = Expression.newBuilder()
                .setLiteral(component.field().codec().writeAny(value, Data.none()))
                .build();
        target.accept(component.field().name(), new Promise<>(constant, component.type(), List.of()));
        return back;
    }
}
