package dev.godwit.castability;

/** How well a type casts to another. A type of parts casts as badly as its worst part: the greatest level. */
public enum Level {
    /** The literal is a value of the target already. */
    SAME,
    /** Every value converts. */
    CONVERT,
    /** Values convert, or fail when they come, loudly. */
    CHECKED,
    /** Refused when the graph is compiled. */
    NO;

    /**
     * The worse of two levels.
     *
     * @param other another level
     * @return the greater one
     */
    public Level worse(Level other) {
        return compareTo(other) < 0 ? other : this;
    }
}
