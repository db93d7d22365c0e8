package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The members of a union whose language does not say in the class file what a sealed type permits, as Scala. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE})
public @interface Members {
    /**
     * The members, in order.
     *
     * @return records, enums, or interfaces of these
     */
    Class<?>[] value();
}
