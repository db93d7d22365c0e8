package dev.godwit.types;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;

/**
 * A type with its parameters, caught by an anonymous class: {@code new TypeRef<List<Long>>() {}}.
 *
 * @param <T> the type
 */
public abstract class TypeRef<T> {
    private final JavaType type;

    /** Catches T. */
    protected TypeRef() {
        if (getClass().getAnnotatedSuperclass() instanceof AnnotatedParameterizedType caught) {
            AnnotatedType[] arguments = caught.getAnnotatedActualTypeArguments();
            type = JavaType.of(arguments[0]);
        } else {
            throw new IllegalStateException("Write new TypeRef<…>() {}, with the type between the angle brackets.");
        }
    }

    /**
     * The type that was caught.
     *
     * @return the type
     */
    public final JavaType type() {
        return type;
    }
}
