package dev.godwit.types;

import dev.godwit.errors.UnsupportedTypeException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A Java type with what its author wrote at it: a class, the arguments of a generic one, and annotations.
 *
 * @param raw the class
 * @param arguments of a generic class; of an array, its item
 * @param annotations those at this place, and not at a part
 */
public record JavaType(Class<?> raw, List<JavaType> arguments, List<Annotation> annotations) {
    /**
     * Keeps copies.
     *
     * @param raw the class
     * @param arguments of a generic class; of an array, its item
     * @param annotations those at this place, and not at a part
     */
    public JavaType {
        arguments = List.copyOf(arguments);
        annotations = List.copyOf(annotations);
    }

    /**
     * A class alone.
     *
     * @param raw the class; of a generic one the arguments are unknown
     * @return the type
     */
    public static JavaType of(Class<?> raw) {
        List<JavaType> items = raw.isArray() ? List.of(of(raw.getComponentType())) : List.of();
        return new JavaType(raw, items, List.of());
    }

    /**
     * A type as reflection has it.
     *
     * @param type the type
     * @return the type
     * @throws UnsupportedTypeException it has a type variable
     */
    public static JavaType of(AnnotatedType type) {
        return of(type, Map.of());
    }

    /**
     * A type in a generic class.
     *
     * @param type the type
     * @param variables what the class's type variables stand for
     * @return the type
     * @throws UnsupportedTypeException it has another type variable
     */
    public static JavaType of(AnnotatedType type, Map<TypeVariable<?>, JavaType> variables) {
        List<Annotation> annotations = Arrays.asList(type.getAnnotations());
        if (type instanceof AnnotatedParameterizedType generic) {
            Class<?> raw = (Class<?>) ((java.lang.reflect.ParameterizedType) generic.getType()).getRawType();
            List<JavaType> arguments = new ArrayList<>();
            for (AnnotatedType argument : generic.getAnnotatedActualTypeArguments()) {
                arguments.add(of(argument, variables));
            }
            return new JavaType(raw, arguments, annotations);
        }
        if (type instanceof AnnotatedArrayType array) {
            JavaType item = of(array.getAnnotatedGenericComponentType(), variables);
            return new JavaType(item.raw().arrayType(), List.of(item), annotations);
        }
        if (type instanceof AnnotatedWildcardType wildcard) {
            return of(wildcard.getAnnotatedUpperBounds()[0], variables).with(annotations);
        }
        if (type instanceof AnnotatedTypeVariable variable) {
            JavaType known = variables.get((TypeVariable<?>) variable.getType());
            if (known == null) {
                throw new UnsupportedTypeException(
                        "the type variable " + variable.getType().getTypeName() + " is not known here",
                        "Say the type: new TypeRef<Pair<Long, String>>() {}.");
            }
            return known.with(annotations);
        }
        return of((Class<?>) type.getType()).with(annotations);
    }

    /**
     * The same with further annotations.
     *
     * @param more what stands at the place that has this type
     * @return the type with all of them
     */
    public JavaType with(List<Annotation> more) {
        List<Annotation> joined = new ArrayList<>(annotations);
        more.stream().filter(one -> !joined.contains(one)).forEach(joined::add);
        return new JavaType(raw, arguments, joined);
    }

    /**
     * The same with the annotations of a declaration.
     *
     * @param declaration a component, field, parameter or method
     * @return the type with all of them
     */
    public JavaType with(AnnotatedElement declaration) {
        return with(Arrays.asList(declaration.getAnnotations()));
    }

    /**
     * The annotation of a class at this type.
     *
     * @param wanted its class
     * @param <A> its class
     * @return the annotation; empty where there is none
     */
    public <A extends Annotation> Optional<A> annotation(Class<A> wanted) {
        return annotations.stream().filter(wanted::isInstance).map(wanted::cast).findFirst();
    }

    /**
     * Whether an annotation says that the value may be null.
     *
     * @return whether it may
     */
    public boolean isNullable() {
        return annotations.stream()
                .anyMatch(one -> one.annotationType().getSimpleName().equals("Nullable"));
    }

    /**
     * An argument of a generic class.
     *
     * @param index its place
     * @return the argument
     * @throws UnsupportedTypeException the class is written without its arguments
     */
    public JavaType argument(int index) {
        if (index < arguments.size() && arguments.get(index).raw() != Object.class) {
            return arguments.get(index);
        }
        Optional<ItemType> said = annotation(ItemType.class);
        if (said.isPresent() && index == Math.max(arguments.size() - 1, 0)) {
            return of(said.get().value());
        }
        throw new UnsupportedTypeException(
                "the class file does not say what it holds",
                "Write the type of its items between angle brackets, or @ItemType(Long.class) before it.");
    }

    /**
     * What the type variables of this generic class stand for.
     *
     * @return by variable; empty of a class without any, or written without arguments
     */
    public Map<TypeVariable<?>, JavaType> variables() {
        TypeVariable<?>[] names = raw.getTypeParameters();
        Map<TypeVariable<?>, JavaType> variables = new java.util.HashMap<>();
        for (int i = 0; i < Math.min(names.length, arguments.size()); i++) {
            variables.put(names[i], arguments.get(i));
        }
        return variables;
    }

    /**
     * The type as its author wrote it, with short names.
     *
     * @return {@code List<Long>}
     */
    @Override
    public String toString() {
        if (raw.isArray()) {
            return arguments.get(0) + "[]";
        }
        String name = raw.getPackageName().startsWith("java.") ? raw.getSimpleName() : raw.getTypeName();
        if (arguments.isEmpty()) {
            return name;
        }
        return name + arguments.stream().map(JavaType::toString).collect(Collectors.joining(", ", "<", ">"));
    }
}
