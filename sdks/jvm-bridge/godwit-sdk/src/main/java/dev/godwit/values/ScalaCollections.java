package dev.godwit.values;

import dev.godwit.types.JavaType;
import java.util.List;
import java.util.Optional;

/** Codecs of Scala's collections, found by name: this SDK does not depend on Scala. */
final class ScalaCollections {
    private ScalaCollections() {}

    static Optional<Codec<?>> wrapper(Codecs codecs, JavaType type, List<Class<?>> within) {
        return Optional.empty();
    }

    static Optional<Codec<?>> container(Codecs codecs, JavaType type, List<Class<?>> within) {
        return Optional.empty();
    }
}
