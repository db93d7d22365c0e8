package dev.godwit.values;

import dev.godwit.idl.core.v1.EnumType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.Name;
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
            constants.put(symbol(one), one);
        }
    }

    private static Type typeOf(Class<?> of) {
        Name name = of.getAnnotation(Name.class);
        EnumType.Builder type = EnumType.newBuilder().setName(name == null ? of.getSimpleName() : name.value());
        for (Object constant : of.getEnumConstants()) {
            type.addSymbols(symbol((Enum<?>) constant));
        }
        return Type.newBuilder().setEnum(type).build();
    }

    private static String symbol(Enum<?> constant) {
        try {
            Name name = constant.getDeclaringClass().getField(constant.name()).getAnnotation(Name.class);
            return name == null ? constant.name() : name.value();
        } catch (NoSuchFieldException error) {
            throw new IllegalStateException("a constant of an enum is a field", error);
        }
    }

    @Override
    public Literal write(Enum<?> value, Data data) {
        if (!of.isInstance(value)) {
            throw unfit(value);
        }
        return Literal.newBuilder().setStringValue(symbol(value)).build();
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
