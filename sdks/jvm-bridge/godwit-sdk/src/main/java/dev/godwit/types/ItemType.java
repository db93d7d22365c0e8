package dev.godwit.types;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The type of the items of a component whose language does not keep it in the class file, as numbers in Scala:
 * {@code @ItemType(classOf[Long]) rates: List[Long]}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({
    ElementType.RECORD_COMPONENT,
    ElementType.FIELD,
    ElementType.PARAMETER,
    ElementType.METHOD,
    ElementType.TYPE_USE
})
public @interface ItemType {
    /**
     * The class of the items.
     *
     * @return a class
     */
    Class<?> value();
}
