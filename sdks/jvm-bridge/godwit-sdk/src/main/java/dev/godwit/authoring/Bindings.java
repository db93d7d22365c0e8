package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.values.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What names are set to, given out in the order of a record. */
final class Bindings {
    private final String what;
    private final Map<String, Expression> values = new LinkedHashMap<>();

    /**
     * No bindings yet.
     *
     * @param what how people call what they belong to
     */
    Bindings(String what) {
        this.what = what;
    }

    void set(String name, Promise<?> value, Frame frame) {
        frame.check(value.frames());
        put(name, value);
    }

    /** Sets a value whose place is checked later. */
    void put(String name, Promise<?> value) {
        if (values.putIfAbsent(name, value.expression()) != null) {
            throw new DeclarationException("SET_TWICE", what + ": " + name + " is set twice.", "Set it once.");
        }
    }

    Set<String> names() {
        return values.keySet();
    }

    List<Binding> inOrder(Components of) {
        return of.all().stream()
                .map(component -> component.field().name())
                .filter(values::containsKey)
                .map(name -> Binding.newBuilder()
                        .setName(name)
                        .setValue(values.get(name))
                        .build())
                .toList();
    }

    /** Refuses an output that is not set: defaults are of inputs only. */
    void checkAllSet(Components of) {
        List<String> missing = of.all().stream()
                .map(one -> one.field().name())
                .filter(name -> !values.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw notSet(missing);
        }
    }

    /** The one output, where there is one. */
    List<Binding> single(boolean expected) {
        if (expected && values.isEmpty()) {
            throw notSet(List.of("result"));
        }
        return values.entrySet().stream()
                .map(one -> Binding.newBuilder()
                        .setName(one.getKey())
                        .setValue(one.getValue())
                        .build())
                .toList();
    }

    private DeclarationException notSet(List<String> names) {
        return new DeclarationException(
                "NOT_SET", what + ": " + String.join(", ", names) + " is not set.", "Set each of them once.");
    }

    /** Sets what is left out to its default. */
    void fillDefaults(Components of) {
        of.all().stream()
                .map(Components.Component::field)
                .forEach(field -> field.defaultValue()
                        .ifPresent(value -> values.putIfAbsent(
                                field.name(),
                                Expression.newBuilder().setLiteral(value).build())));
    }

    /** Refuses what lacks a value and has no default. */
    void checkComplete(Components of, Set<String> elsewhere) {
        List<String> missing = of.all().stream()
                .map(Components.Component::field)
                .filter(field -> field.defaultValue().isEmpty())
                .map(Field::name)
                .filter(name -> !values.containsKey(name) && !elsewhere.contains(name))
                .toList();
        if (!missing.isEmpty()) {
            throw notSet(missing);
        }
    }
}
