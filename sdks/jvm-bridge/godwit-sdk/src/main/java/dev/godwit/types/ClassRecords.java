package dev.godwit.types;

import dev.godwit.errors.UnsupportedTypeException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Classes whose constructor takes their components, as other languages than Java write records. */
final class ClassRecords {
    /** Finds what reads a component of a class, by its place and name. */
    interface Accessors {
        Method find(Class<?> of, int index, String name) throws NoSuchMethodException;
    }

    private ClassRecords() {}

    /**
     * The shape of a class.
     *
     * @param type the class
     * @param constructor takes the components in order
     * @param accessors find what reads them
     * @param boxedIsNullable whether a boxed number is one that may be null
     */
    static RecordShape shape(JavaType type, Constructor<?> constructor, Accessors accessors, boolean boxedIsNullable) {
        Class<?> raw = type.raw();
        List<String> names = DeclaredOrder.names(constructor)
                .orElseThrow(() -> new UnsupportedTypeException(
                        "the class file of " + raw.getName() + " does not name its components",
                        "Compile with the names of parameters: -java-parameters (Kotlin), -parameters (Java)."));
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(raw, MethodHandles.lookup());
            List<RecordComponentShape> components = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                MethodHandle accessor = lookup.unreflect(accessors.find(raw, i, names.get(i)));
                JavaType of = parameter(type, constructor, i, boxedIsNullable);
                components.add(RecordComponentShape.of(names.get(i), of, accessor));
            }
            return RecordShape.of(type, components, lookup.unreflectConstructor(constructor));
        } catch (IllegalAccessException error) {
            throw RecordShape.closed(raw, error);
        } catch (NoSuchMethodException error) {
            throw new UnsupportedTypeException(
                    raw.getName() + " does not let all of its components be read (" + error.getMessage() + ")",
                    "Make its components public values.");
        }
    }

    private static JavaType parameter(JavaType type, Constructor<?> constructor, int index, boolean boxedIsNullable) {
        JavaType of = JavaType.of(constructor.getAnnotatedParameterTypes()[index], type.variables())
                .with(constructor.getParameters()[index]);
        boolean boxed = Number.class.isAssignableFrom(of.raw())
                && of.raw().getPackageName().equals("java.lang");
        boolean nullable = boxedIsNullable && (boxed || of.raw() == Boolean.class);
        return nullable ? of.with(Arrays.asList(Marked.class.getRecordComponents()[0].getAnnotations())) : of;
    }

    /** Has the annotation that says that a value may be null. */
    private record Marked(@Nullable Object value) {}
}
