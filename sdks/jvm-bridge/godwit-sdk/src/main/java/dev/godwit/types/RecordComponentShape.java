package dev.godwit.types;

import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A component of a record of any JVM language.
 *
 * @param name the name
 * @param type the type, with the annotations of the component
 * @param description what it is for; empty when undocumented
 * @param defaultValue its default as its author wrote it; empty where it must be given
 * @param accessor takes a record, returns the component's value
 */
public record RecordComponentShape(
        String name, JavaType type, String description, Optional<Default> defaultValue, MethodHandle accessor) {
    /**
     * A component, with what its annotations say.
     *
     * @param name the name in the language, which {@link Name} may replace
     * @param type the type, with the annotations of the component
     * @param accessor takes a record, returns the component's value
     * @return the component
     */
    public static RecordComponentShape of(String name, JavaType type, MethodHandle accessor) {
        String description = type.annotation(Doc.class).map(Doc::value).orElse("");
        String known = type.annotation(Name.class).map(Name::value).orElse(name);
        return new RecordComponentShape(known, type, description, type.annotation(Default.class), accessor);
    }
}
