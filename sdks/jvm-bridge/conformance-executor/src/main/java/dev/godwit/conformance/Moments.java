package dev.godwit.conformance;

import com.google.protobuf.Message;
import dev.godwit.idl.core.v1.DateTime;
import dev.godwit.idl.core.v1.Literal;
import java.util.EnumSet;
import java.util.Set;

/** The class that an author takes for datetimes, where he knows which ones come. */
enum Moments {
    /** They are on the time line, without more. */
    INSTANT("java.time.Instant"),
    /** They have offsets, or zones. */
    ZONED("java.time.ZonedDateTime"),
    /** They are those of a wall clock anywhere. */
    LOCAL("java.time.LocalDateTime"),
    /** Any may come. */
    ANY("java.time.temporal.Temporal");

    private final String className;

    Moments(String className) {
        this.className = className;
    }

    String className() {
        return className;
    }

    /**
     * The narrowest class for all datetimes in a literal.
     *
     * @param literal what is to be read
     * @return the class
     */
    static Moments of(Literal literal) {
        Set<Moments> found = EnumSet.noneOf(Moments.class);
        collect(literal, found);
        if (found.size() == 1) {
            return found.iterator().next();
        }
        return found.contains(LOCAL) || found.contains(ANY) || found.isEmpty() ? ANY : ZONED;
    }

    private static void collect(Message message, Set<Moments> found) {
        if (message instanceof DateTime moment) {
            found.add(kind(moment));
        } else if (message instanceof Literal literal && literal.hasReference()) {
            found.add(ANY);
        }
        for (Object value : message.getAllFields().values()) {
            for (Object part : value instanceof Iterable<?> parts ? parts : Set.of(value)) {
                if (part instanceof Message inner) {
                    collect(inner, found);
                }
            }
        }
    }

    private static Moments kind(DateTime moment) {
        if (!moment.hasOffsetSeconds()) {
            return LOCAL;
        }
        return moment.getOffsetSeconds() == 0 && moment.getZone().isEmpty() ? INSTANT : ZONED;
    }
}
