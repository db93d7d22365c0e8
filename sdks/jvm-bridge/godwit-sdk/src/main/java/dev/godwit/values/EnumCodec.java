package dev.godwit.values;

import dev.godwit.idl.core.v1.EnumType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import java.util.LinkedHashMap;
import java.util.Map;

/** An enum, by the names of its constants. */
final class EnumCodec extends Codec<Enum<?>> {
    private final Class<?> of;
    private final Map<String, Enum<?>> constants = new LinkedHashMap<>();

    EnumCodec(Class<?> of) {
        super(typeOf(of));
        this.of = of;
        for (Object constant : of.getEnumConstants()) {
            Enum<?> one = (Enum<?>) constant;
            constants.put(one.name(), one);
        }
    }

    private static Type typeOf(Class<?> of) {
        EnumType.Builder type = EnumType.newBuilder().setName(of.getSimpleName());
        for (Object constant : of.getEnumConstants()) {
            type.addSymbols(((Enum<?>) constant).name());
        }
        return Type.newBuilder().setEnum(type).build();
    }

    @Override
    public Literal write(Enum<?> value, Data data) {
        if (!of.isInstance(value)) {
            throw unfit(value);
        }
        return Literal.newBuilder().setStringValue(value.name()).build();
    }

    @Override
    protected Enum<?> readInline(Literal literal, Data data) {
        Enum<?> constant = literal.hasStringValue() ? constants.get(literal.getStringValue()) : null;
        if (constant == null) {
            throw unreadable(literal);
        }
        return constant;
    }
}
