package dev.godwit.testing;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import java.util.Optional;

/**
 * A value with its type.
 *
 * @param literal the value
 * @param type its type; empty of constants, which are already of the type that they are meant for
 */
record Typed(Literal literal, Optional<Type> type) {
    static Typed of(Literal literal, Type type) {
        return new Typed(literal, Optional.of(type));
    }

    static Typed constant(Literal literal) {
        return new Typed(literal, Optional.empty());
    }

    static Typed truth(boolean value) {
        return constant(Literal.newBuilder().setBoolValue(value).build());
    }
}
