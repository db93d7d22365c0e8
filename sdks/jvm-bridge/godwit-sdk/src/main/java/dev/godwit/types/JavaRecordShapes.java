package dev.godwit.types;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records of Java, and of languages that make them ({@code @JvmRecord} of Kotlin). */
public final class JavaRecordShapes implements RecordShapes {
    /** Makes one; it has no state. */
    public JavaRecordShapes() {}

    @Override
    public Optional<RecordShape> find(JavaType type) {
        Class<?> raw = type.raw();
        if (!raw.isRecord()) {
            return Optional.empty();
        }
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(raw, MethodHandles.lookup());
            List<RecordComponentShape> components = new ArrayList<>();
            List<Class<?>> parameters = new ArrayList<>();
            for (RecordComponent component : raw.getRecordComponents()) {
                JavaType of = JavaType.of(component.getAnnotatedType(), type.variables())
                        .with(component);
                MethodHandle accessor = lookup.unreflect(component.getAccessor());
                components.add(RecordComponentShape.of(component.getName(), of, accessor));
                parameters.add(component.getType());
            }
            MethodHandle constructor = lookup.findConstructor(raw, MethodType.methodType(void.class, parameters));
            return Optional.of(RecordShape.of(type, components, constructor));
        } catch (IllegalAccessException error) {
            throw RecordShape.closed(raw, error);
        } catch (NoSuchMethodException error) {
            throw new IllegalStateException("every record has its canonical constructor", error);
        }
    }
}
