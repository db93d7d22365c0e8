package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The default of a component: {@code @Default("0.1") double rate}. Without one, the component must be given.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.PARAMETER, ElementType.METHOD})
public @interface Default {
    /**
     * The value: of text, an enum, and what is written as text (dates, durations, decimals, files) the text itself;
     * of anything else its JSON.
     *
     * @return text or JSON
     */
    String value() default "";

    /**
     * Whether the default is none, of a component that may be.
     *
     * @return whether it is none
     */
    boolean none() default false;
}
