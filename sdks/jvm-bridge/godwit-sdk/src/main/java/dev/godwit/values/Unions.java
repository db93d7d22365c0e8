package dev.godwit.values;

import dev.godwit.errors.UnsupportedTypeException;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.JavaType;
import dev.godwit.types.Members;
import dev.godwit.types.RecordComponentShape;
import dev.godwit.types.RecordShape;
import dev.godwit.types.Tag;
import dev.godwit.types.TypeText;
import dev.godwit.types.Unwrapped;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Sealed interfaces (and sealed classes, and those that name their {@link Members}) as unions. */
final class Unions {
    private Unions() {}

    static Optional<Codec<?>> find(Codecs codecs, JavaType type, List<Class<?>> within) {
        Class<?> raw = type.raw();
        if (!isUnion(raw)) {
            return Optional.empty();
        }
        List<Class<?>> deeper = new ArrayList<>(within);
        deeper.add(raw);
        List<UnionCodec.Member> members = new ArrayList<>();
        Set<String> tags = new HashSet<>();
        for (Class<?> of : flattened(raw)) {
            UnionCodec.Member member = member(codecs, of, deeper);
            if (!tags.add(member.tag())) {
                throw new UnsupportedTypeException(
                        "two members of " + raw.getName() + " have the tag " + member.tag(),
                        "Give one another: @Tag(\"other\").");
            }
            members.add(member);
        }
        if (members.size() < 2) {
            throw new UnsupportedTypeException(
                    raw.getName() + " has fewer than two members", "Use its one record itself.");
        }
        return Optional.of(new UnionCodec(members));
    }

    private static boolean isUnion(Class<?> raw) {
        return raw.isSealed() || raw.isAnnotationPresent(Members.class);
    }

    private static List<Class<?>> flattened(Class<?> raw) {
        Members said = raw.getAnnotation(Members.class);
        List<Class<?>> members = new ArrayList<>();
        for (Class<?> member : said == null ? raw.getPermittedSubclasses() : said.value()) {
            if (isUnion(member) && !member.isEnum()) {
                members.addAll(flattened(member));
            } else {
                members.add(member);
            }
        }
        return members;
    }

    private static UnionCodec.Member member(Codecs codecs, Class<?> of, List<Class<?>> within) {
        Codec<?> codec = codecs.find(JavaType.of(of), within);
        if (of.isAnnotationPresent(Unwrapped.class)) {
            codec = unwrapped(of, codec);
        }
        Tag tag = of.getAnnotation(Tag.class);
        return new UnionCodec.Member(tag == null ? defaultTag(of, codec.type()) : tag.value(), of, codec);
    }

    private static String defaultTag(Class<?> of, Type type) {
        if (of.isAnnotationPresent(Unwrapped.class) || !of.getSimpleName().isEmpty() && type.hasTuple()) {
            return TypeText.render(type);
        }
        return of.getSimpleName();
    }

    private static Codec<?> unwrapped(Class<?> of, Codec<?> codec) {
        if (codec instanceof RecordCodec<?> record && record.fields().size() == 1) {
            return unwrapped(record);
        }
        throw new UnsupportedTypeException(
                of.getName() + " is @Unwrapped, but has not just one component", "Take the annotation away.");
    }

    private static <T> Codec<T> unwrapped(RecordCodec<T> record) {
        return unwrapped(record.shape(), record.fields().get(0).codec());
    }

    @SuppressWarnings("unchecked") // accessor and constructor take and give what the component's codec does
    private static <T, I> Codec<T> unwrapped(RecordShape shape, Codec<I> inner) {
        RecordComponentShape component = shape.components().get(0);
        if (inner.type().getNullable() || inner.type().hasUnion()) {
            throw new UnsupportedTypeException(
                    shape.type() + " is @Unwrapped around what may be none, or is a union itself",
                    "Take the annotation away.");
        }
        return new MappedCodec<>(
                inner, inner.type(), value -> (I) shape.get(component, value), value -> (T) shape.make(List.of(value)));
    }
}
