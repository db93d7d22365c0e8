package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The columns that a table has at least: {@code @Columns(Passenger.class) Table passengers}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({
    ElementType.RECORD_COMPONENT,
    ElementType.FIELD,
    ElementType.PARAMETER,
    ElementType.METHOD,
    ElementType.TYPE_USE
})
public @interface Columns {
    /**
     * A record whose components are the columns.
     *
     * @return the class of a record
     */
    Class<?> value();
}
