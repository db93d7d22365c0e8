package dev.godwit.authoring;

import dev.godwit.types.JavaType;
import dev.godwit.types.Name;
import dev.godwit.values.Codec;
import dev.godwit.values.Codecs;
import dev.godwit.values.Field;
import dev.godwit.values.RecordCodec;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;

/** The components of one record class: found by getters. */
final class Components {
    /** Codecs of what is declared. They last as long as the classes of this SDK: processes that serialize are short. */
    static final Codecs CODECS = Codecs.standard();

    private final RecordCodec<?> codec;

    private Components(RecordCodec<?> codec) {
        this.codec = codec;
    }

    /**
     * One component.
     *
     * @param index its place
     * @param field name, codec, default
     * @param type its type in Java
     */
    record Component(int index, Field field, JavaType type) {}

    static Components of(JavaType type) {
        Codec<?> codec = CODECS.of(type);
        if (codec instanceof RecordCodec<?> record) {
            return new Components(record);
        }
        throw new DeclarationException(
                "INVALID_GETTER", type + " is no record, so it has no components.", "Take the value as a whole.");
    }

    RecordCodec<?> codec() {
        return codec;
    }

    List<Component> all() {
        List<Field> fields = codec.fields();
        return java.util.stream.IntStream.range(0, fields.size())
                .mapToObj(this::at)
                .toList();
    }

    private Component at(int index) {
        return new Component(
                index,
                codec.fields().get(index),
                codec.shape().components().get(index).type());
    }

    Component find(Getter<?, ?> getter) {
        String accessor = accessor(getter);
        List<Field> fields = codec.fields();
        for (int i = 0; i < fields.size(); i++) {
            String name = nameInLanguage(i);
            String bean = "get" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
            if (name.equals(accessor) || bean.equals(accessor)) {
                return at(i);
            }
        }
        String names = String.join(", ", fields.stream().map(Field::name).toList());
        throw new DeclarationException(
                "INVALID_GETTER",
                codec.shape().name() + " has no component " + accessor + "; it has " + names + ".",
                "Refer to the accessor of a component: " + codec.shape().name() + "::name.");
    }

    /** The name of an accessor is not what an annotation says the component is called. */
    private String nameInLanguage(int index) {
        Class<?> raw = codec.shape().type().raw();
        return raw.isRecord()
                ? raw.getRecordComponents()[index].getName()
                : codec.fields().get(index).name();
    }

    /** The name that a component has in its language, where {@link Name} gives it another in the contract. */
    private String nameInClass(String name) {
        for (java.lang.reflect.Field field : codec.shape().type().raw().getDeclaredFields()) {
            Name given = field.getAnnotation(Name.class);
            if (given != null && given.value().equals(name)) {
                return field.getName();
            }
        }
        return name;
    }

    private static String accessor(Getter<?, ?> getter) {
        if (getter instanceof NamedGetter<?, ?> named) {
            return named.name();
        }
        SerializedLambda lambda = serialized(getter);
        if (lambda.getCapturedArgCount() == 1) {
            return property(lambda.getCapturedArg(0));
        }
        String name = lambda.getImplMethodName();
        if (name.contains("$")) {
            throw notAReference();
        }
        return name;
    }

    /** A reference to a property of Kotlin is carried inside, and knows its name. */
    private static String property(Object captured) {
        for (Class<?> at = captured.getClass(); at != null; at = at.getSuperclass()) {
            if (at.getName().equals("kotlin.jvm.internal.CallableReference")) {
                try {
                    return (String) at.getMethod("getName").invoke(captured);
                } catch (ReflectiveOperationException error) {
                    throw new IllegalStateException("a reference of Kotlin has a name", error);
                }
            }
        }
        throw notAReference();
    }

    /** A reference to a method is asked for the name by the door that serialization takes. */
    private static SerializedLambda serialized(Getter<?, ?> getter) {
        try {
            Method door = getter.getClass().getDeclaredMethod("writeReplace");
            door.setAccessible(true);
            if (door.invoke(getter) instanceof SerializedLambda lambda) {
                return lambda;
            }
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException error) {
            DeclarationException refused = notAReference();
            refused.addSuppressed(error);
            throw refused;
        }
        throw notAReference();
    }

    private static DeclarationException notAReference() {
        return new DeclarationException(
                "INVALID_GETTER",
                "Expected a reference to the accessor of a component, got a lambda or an object.",
                "Write Greeting::name; in Scala call.in(_.name), of godwit-scala.");
    }
}
