package dev.godwit.conformance;

import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.JavaType;
import dev.godwit.values.Codec;
import dev.godwit.values.Codecs;
import java.util.LinkedHashMap;
import java.util.Map;

/** The codecs of types, each by way of classes that an author would declare to have the type: written, compiled, loaded. */
final class DeclaredTypes {
    private static final int KEPT = 200;

    private record Asked(Type type, Moments moments) {}

    private final JavaCompilation compilation;
    private final Map<Asked, Codec<?>> known = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, Codec<?>> eldest) {
            return size() > KEPT;
        }
    };

    /**
     * Knows no type yet.
     *
     * @param compilation compiles declarations
     */
    DeclaredTypes(JavaCompilation compilation) {
        this.compilation = compilation;
    }

    /**
     * The codec of a type.
     *
     * @param of the type
     * @param moments the class of its datetimes
     * @return its codec
     */
    Codec<?> codec(Type of, Moments moments) {
        return known.computeIfAbsent(new Asked(of, moments), this::compiled);
    }

    private Codec<?> compiled(Asked asked) {
        String source = JavaDeclarations.source(asked.type(), asked.moments());
        ClassLoader classes = compilation.compile(JavaDeclarations.OUTER, source);
        try {
            Class<?> holder = classes.loadClass(JavaDeclarations.OUTER + "$Holder");
            return Codecs.standard().of(JavaType.of(holder.getRecordComponents()[0].getAnnotatedType()));
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException("the compiler made no class", error);
        }
    }
}
