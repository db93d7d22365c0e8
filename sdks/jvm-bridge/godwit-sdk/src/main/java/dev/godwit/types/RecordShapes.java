package dev.godwit.types;

import java.util.Optional;

/**
 * Recognises the records of a language. Further ones are found by {@link java.util.ServiceLoader}; the ones that come with
 * this SDK know records of Java, data classes of Kotlin and case classes of Scala.
 */
public interface RecordShapes {
    /**
     * The shape of a class.
     *
     * @param type a class, with its arguments
     * @return its shape; empty where it is no record of this language
     * @throws dev.godwit.errors.UnsupportedTypeException it is one, but cannot be read
     */
    Optional<RecordShape> find(JavaType type);
}
