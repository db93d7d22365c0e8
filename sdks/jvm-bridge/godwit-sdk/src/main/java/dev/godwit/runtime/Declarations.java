package dev.godwit.runtime;

import dev.godwit.idl.core.v1.Bundle;
import java.util.List;

/**
 * Makes the specs of what classes declare. Found by {@link java.util.ServiceLoader}, so that a jar without specs can be
 * asked for them: its entry {@code META-INF/godwit/index} names the classes, one a line.
 */
public interface Declarations {
    /**
     * The specs of all tasks, workflows and launch plans that classes declare, and of all that these refer to.
     *
     * @param declaring the classes, in the order of the index
     * @return the specs, sorted by name; the same for the same classes
     * @throws dev.godwit.errors.GodwitException a declaration is wrong; everything that is wrong is told at once
     */
    Bundle bundle(List<Class<?>> declaring);
}
