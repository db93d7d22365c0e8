package dev.godwit.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests of JUnit what runs in place: {@code @ExtendWith(GodwitExtension.class)}, and a parameter {@code InPlace
 * place}, new for each test.
 */
public final class GodwitExtension implements ParameterResolver {
    /** Made by JUnit. */
    public GodwitExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == InPlace.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return InPlace.temporary();
    }
}
