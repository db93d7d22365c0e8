package dev.godwit.types;

import dev.godwit.errors.UnsupportedTypeException;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * A class that is a record: named components in order, a way to read each, and a way to make one of all.
 *
 * @param type the class, with its arguments
 * @param name its short name
 * @param description what it is for; empty when undocumented
 * @param components in order
 * @param constructor takes the components in order, returns a record
 */
public record RecordShape(
        JavaType type,
        String name,
        String description,
        List<RecordComponentShape> components,
        MethodHandle constructor) {
    /**
     * Keeps a copy.
     *
     * @param type the class, with its arguments
     * @param name its short name
     * @param description what it is for; empty when undocumented
     * @param components in order
     * @param constructor takes the components in order, returns a record
     */
    public RecordShape {
        components = List.copyOf(components);
    }

    /**
     * A shape, with what the annotations of the class say.
     *
     * @param type the class, with its arguments
     * @param components in order
     * @param constructor takes the components in order, returns a record
     * @return the shape
     */
    public static RecordShape of(JavaType type, List<RecordComponentShape> components, MethodHandle constructor) {
        Doc doc = type.raw().getAnnotation(Doc.class);
        Name given = type.raw().getAnnotation(Name.class);
        String name = given == null ? type.raw().getSimpleName() : given.value();
        return new RecordShape(type, name, doc == null ? "" : doc.value(), components, constructor);
    }

    /**
     * The value of a component.
     *
     * @param component one of this shape
     * @param record an instance of the class
     * @return the value
     */
    public Object get(RecordComponentShape component, Object record) {
        try {
            return component.accessor().invoke(record);
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new IllegalStateException("an accessor raised a checked exception", error);
        }
    }

    /**
     * Makes a record.
     *
     * @param values the components in order
     * @return an instance of the class
     * @throws RuntimeException what the class's own constructor raised
     */
    public Object make(List<Object> values) {
        try {
            return constructor.invokeWithArguments(values);
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new IllegalStateException("a constructor raised a checked exception", error);
        }
    }

    static UnsupportedTypeException closed(Class<?> type, IllegalAccessException error) {
        UnsupportedTypeException closed = new UnsupportedTypeException(
                "the module of " + type.getName() + " does not let its records be read",
                "Open the package: opens " + type.getPackageName() + ";");
        closed.addSuppressed(error);
        return closed;
    }
}
