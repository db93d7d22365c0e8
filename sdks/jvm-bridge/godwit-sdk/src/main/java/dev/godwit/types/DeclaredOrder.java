package dev.godwit.types;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The names of a constructor's parameters: those of the class file, else those of the fields that they are kept in. */
final class DeclaredOrder {
    private DeclaredOrder() {}

    static Optional<List<String>> names(Constructor<?> constructor) {
        Parameter[] parameters = constructor.getParameters();
        if (Arrays.stream(parameters).allMatch(Parameter::isNamePresent)) {
            return Optional.of(Arrays.stream(parameters).map(Parameter::getName).toList());
        }
        List<Field> fields = Arrays.stream(constructor.getDeclaringClass().getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
                .toList();
        if (fields.size() < parameters.length) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < parameters.length; i++) {
            if (fields.get(i).getType() != parameters[i].getType()) {
                return Optional.empty();
            }
            names.add(fields.get(i).getName());
        }
        return Optional.of(names);
    }
}
