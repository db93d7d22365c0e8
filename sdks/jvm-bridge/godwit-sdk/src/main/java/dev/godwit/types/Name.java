package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name in the contract of a record, a component, an enum or one of its constants, where it is none in the language:
 * {@code @Name("class") String kind}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.PARAMETER, ElementType.METHOD, ElementType.TYPE})
public @interface Name {
    /**
     * The name.
     *
     * @return of a record or an enum, it may be empty: then the type has none
     */
    String value();
}
