package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.runtime.Declarations;
import java.util.List;

/** What the runner asks for the specs of classes. */
public final class ClassDeclarations implements Declarations {
    /** Made by the service loader. */
    public ClassDeclarations() {}

    @Override
    public Bundle bundle(List<Class<?>> declaring) {
        return Bundles.of(DeclaredEntities.of(declaring.toArray(Class<?>[]::new)));
    }
}
