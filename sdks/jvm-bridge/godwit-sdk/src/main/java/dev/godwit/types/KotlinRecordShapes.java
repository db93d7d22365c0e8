package dev.godwit.types;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;

/**
 * Data classes of Kotlin, recognised by what their compiler makes, without a dependency on Kotlin. A component of a boxed
 * number ({@code Long?}) may be null; of another class, say {@code @Nullable} or take an Optional: the class file does not
 * keep the question mark.
 */
public final class KotlinRecordShapes implements RecordShapes {
    /** Makes one; it has no state. */
    public KotlinRecordShapes() {}

    @Override
    public Optional<RecordShape> find(JavaType type) {
        Class<?> raw = type.raw();
        boolean kotlin = Arrays.stream(raw.getAnnotations())
                .anyMatch(one -> one.annotationType().getName().equals("kotlin.Metadata"));
        int count = kotlin ? components(raw) : 0;
        if (count == 0) {
            return Optional.empty();
        }
        return Arrays.stream(raw.getDeclaredConstructors())
                .filter(one -> !one.isSynthetic() && isPrimary(one, count))
                .findFirst()
                .map(one -> ClassRecords.shape(type, one, KotlinRecordShapes::component, true));
    }

    private static int components(Class<?> raw) {
        int count = 0;
        while (hasComponent(raw, count)) {
            count++;
        }
        return count;
    }

    private static boolean hasComponent(Class<?> raw, int index) {
        try {
            component(raw, index, "");
            return true;
        } catch (NoSuchMethodException error) {
            return false;
        }
    }

    private static Method component(Class<?> raw, int index, String name) throws NoSuchMethodException {
        return raw.getDeclaredMethod("component" + (index + 1));
    }

    private static boolean isPrimary(Constructor<?> constructor, int count) {
        Class<?>[] types = constructor.getParameterTypes();
        if (types.length != count) {
            return false;
        }
        try {
            for (int i = 0; i < count; i++) {
                if (component(constructor.getDeclaringClass(), i, "").getReturnType() != types[i]) {
                    return false;
                }
            }
            return true;
        } catch (NoSuchMethodException error) {
            return false;
        }
    }
}
