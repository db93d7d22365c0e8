package dev.godwit.types;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Case classes of Scala, recognised by the interface that they have, without a dependency on Scala. Numbers as arguments
 * of a generic class are not kept in the class file: say {@link ItemType}, or the boxed class of Java.
 */
public final class ScalaRecordShapes implements RecordShapes {
    /** Makes one; it has no state. */
    public ScalaRecordShapes() {}

    @Override
    public Optional<RecordShape> find(JavaType type) {
        Class<?> raw = type.raw();
        if (Modifier.isAbstract(raw.getModifiers()) || !isProduct(raw)) {
            return Optional.empty();
        }
        return Arrays.stream(raw.getConstructors())
                .filter(ScalaRecordShapes::isPrimary)
                .max(Comparator.comparingInt(Constructor::getParameterCount))
                .map(one -> ClassRecords.shape(type, one, (of, index, name) -> accessor(of, name), false));
    }

    private static boolean isProduct(Class<?> of) {
        for (Class<?> at = of; at != null; at = at.getSuperclass()) {
            if (Arrays.stream(at.getInterfaces())
                    .anyMatch(one -> one.getName().equals("scala.Product") || isProduct(one))) {
                return true;
            }
        }
        return false;
    }

    private static Method accessor(Class<?> of, String name) throws NoSuchMethodException {
        return of.getMethod(name);
    }

    private static boolean isPrimary(Constructor<?> constructor) {
        List<String> names = DeclaredOrder.names(constructor).orElse(List.of());
        if (names.size() != constructor.getParameterCount()) {
            return false;
        }
        try {
            for (int i = 0; i < names.size(); i++) {
                Method accessor = accessor(constructor.getDeclaringClass(), names.get(i));
                if (accessor.getReturnType() != constructor.getParameterTypes()[i]) {
                    return false;
                }
            }
            return true;
        } catch (NoSuchMethodException error) {
            return false;
        }
    }
}
