package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The format of a file, directory or table: {@code @Format("csv") File rows}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({
    ElementType.RECORD_COMPONENT,
    ElementType.FIELD,
    ElementType.PARAMETER,
    ElementType.METHOD,
    ElementType.TYPE_USE
})
public @interface Format {
    /**
     * An extension without its dot ({@code csv}, {@code tar.gz}) or a dotted name ({@code acme.index}).
     *
     * @return the format
     */
    String value();
}
