package dev.godwit.types;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a type is one: its keys, its unions, names that are distinct, and how deep it is nested. */
public final class TypeCheck {
    /** Deepest nesting of types and literals. */
    public static final int MAX_DEPTH = 30;

    private TypeCheck() {}

    /**
     * What is wrong with a type, but for the values of its defaults.
     *
     * @param type any type
     * @return the first thing that is wrong; empty when nothing is
     */
    public static Optional<String> check(Type type) {
        return check(type, "", 1);
    }

    private static Optional<String> check(Type of, String path, int depth) {
        if (depth > MAX_DEPTH) {
            return problem(path, "a type nested at most " + MAX_DEPTH + " deep", "a deeper one");
        }
        return own(of, path)
                .or(() -> parts(of, path).stream()
                        .map(part -> check(part.type(), part.path(), depth + 1))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    private static Optional<String> problem(String path, String expected, String came) {
        return Optional.of((path.isEmpty() ? "" : path + ": ") + "expected " + expected + ", but " + came + " came");
    }

    /** A type inside another, and its place. */
    record Part(Type type, String path) {}

    static List<Part> parts(Type of, String path) {
        List<Part> parts = new ArrayList<>();
        switch (of.getKindCase()) {
            case LIST -> parts.add(new Part(of.getList().getItem(), path + "[]"));
            case SET -> parts.add(new Part(of.getSet().getItem(), path + "[]"));
            case TUPLE ->
                of.getTuple()
                        .getItemsList()
                        .forEach(item -> parts.add(new Part(item, path + "[" + parts.size() + "]")));
            case MAP -> {
                parts.add(new Part(of.getMap().getKey(), path + "[key]"));
                parts.add(new Part(of.getMap().getValue(), path + "[]"));
            }
            case RECORD ->
                of.getRecord()
                        .getFieldsList()
                        .forEach(field -> parts.add(new Part(field.getType(), within(path, field.getName()))));
            case UNION ->
                of.getUnion()
                        .getMembersList()
                        .forEach(member -> parts.add(new Part(member.getType(), path + "<" + member.getTag() + ">")));
            case TABLE ->
                of.getTable()
                        .getColumnsList()
                        .forEach(column -> parts.add(new Part(column.getType(), within(path, column.getName()))));
            default -> {}
        }
        return parts;
    }

    private static String within(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static Optional<String> own(Type of, String path) {
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(of, path);
            case SET -> key(of.getSet().getItem(), path + "[]");
            case MAP -> key(of.getMap().getKey(), path + "[key]");
            case ENUM ->
                of.getEnum().getSymbolsCount() == 0
                        ? problem(path, "an enum with symbols", "one without")
                        : distinct(of.getEnum().getSymbolsList(), path, "symbol");
            case RECORD -> fields(of.getRecord().getFieldsList(), path);
            case UNION -> union(of, path);
            case TABLE ->
                distinct(
                        of.getTable().getColumnsList().stream()
                                .map(column -> column.getName())
                                .toList(),
                        path,
                        "column");
            case KIND_NOT_SET -> problem(path, "a type with a known kind", "none");
            default -> Optional.empty();
        };
    }

    private static Optional<String> simple(Type of, String path) {
        if (of.getSimple() == SimpleType.SIMPLE_TYPE_UNSPECIFIED || of.getSimple() == SimpleType.UNRECOGNIZED) {
            return problem(path, "a simple type", "the number " + of.getSimpleValue());
        }
        if (of.getSimple() == SimpleType.SIMPLE_TYPE_JSON && of.getNullable()) {
            return problem(path, "json, which has a null of its own", "json?");
        }
        return Optional.empty();
    }

    private static Optional<String> key(Type of, String path) {
        if (isKey(of)) {
            return Optional.empty();
        }
        String keys = "a simple type but float, json, error; an enum; a tuple of these; none nullable";
        return problem(path, "a type for keys and set elements (" + keys + ")", TypeText.render(of));
    }

    private static boolean isKey(Type of) {
        if (of.getNullable()) {
            return false;
        }
        return switch (of.getKindCase()) {
            case SIMPLE ->
                switch (of.getSimple()) {
                    case SIMPLE_TYPE_FLOAT, SIMPLE_TYPE_JSON, SIMPLE_TYPE_ERROR, SIMPLE_TYPE_UNSPECIFIED -> false;
                    default -> true;
                };
            case ENUM -> true;
            case TUPLE -> of.getTuple().getItemsList().stream().allMatch(TypeCheck::isKey);
            default -> false;
        };
    }

    private static Optional<String> fields(List<RecordField> fields, String path) {
        List<String> names = fields.stream().map(RecordField::getName).toList();
        for (String name : names) {
            if (name.startsWith("@")) {
                return problem(path, "names of fields that do not begin with @", name);
            }
        }
        return distinct(names, path, "field");
    }

    private static Optional<String> union(Type of, String path) {
        if (of.getUnion().getMembersCount() < 2) {
            return problem(path, "a union of two members at least", "fewer");
        }
        for (Part member : parts(of, path)) {
            if (member.type().getNullable()) {
                return problem(member.path(), "a member that is not nullable", TypeText.render(member.type()));
            }
            if (member.type().hasUnion()) {
                return problem(member.path(), "a member that is no union", TypeText.render(member.type()));
            }
        }
        List<String> tags = of.getUnion().getMembersList().stream()
                .map(member -> member.getTag())
                .toList();
        return distinct(tags, path, "tag");
    }

    private static Optional<String> distinct(List<String> names, String path, String what) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (name.isEmpty()) {
                return problem(path, "a " + what + " with a name", "an empty one");
            }
            if (!seen.add(name)) {
                return problem(path, "each " + what + " once", name + " twice");
            }
        }
        return Optional.empty();
    }

    /**
     * Whether a literal is nested deeper than a limit, itself counted; looks no further than that.
     *
     * @param literal any literal
     * @param limit 1 or more
     * @return whether it is deeper
     */
    public static boolean isDeeper(Literal literal, int limit) {
        if (limit < 1) {
            return true;
        }
        int rest = limit - 1;
        return switch (literal.getKindCase()) {
            case LIST -> literal.getList().getItemsList().stream().anyMatch(item -> isDeeper(item, rest));
            case SET -> literal.getSet().getItemsList().stream().anyMatch(item -> isDeeper(item, rest));
            case MAP ->
                literal.getMap().getEntriesList().stream()
                        .anyMatch(entry -> isDeeper(entry.getKey(), rest) || isDeeper(entry.getValue(), rest));
            case RECORD ->
                literal.getRecord().getFieldsList().stream().anyMatch(field -> isDeeper(field.getValue(), rest));
            case UNION -> isDeeper(literal.getUnion().getValue(), rest);
            case INTS -> rest < 1 && literal.getInts().getItemsCount() > 0;
            case FLOATS -> rest < 1 && literal.getFloats().getItemsCount() > 0;
            case TABLE ->
                literal.getTable().getColumnsList().stream().anyMatch(column -> isTypeDeeper(column.getType(), rest));
            case REFERENCE ->
                literal.getReference().hasType()
                        && isTypeDeeper(literal.getReference().getType(), limit);
            default -> false;
        };
    }

    /**
     * Whether a type, with the defaults of its fields, is nested deeper than a limit; looks no further than that.
     *
     * @param of any type
     * @param limit 1 or more
     * @return whether it is deeper
     */
    public static boolean isTypeDeeper(Type of, int limit) {
        if (limit < 1 || parts(of, "").stream().anyMatch(part -> isTypeDeeper(part.type(), limit - 1))) {
            return true;
        }
        return of.getRecord().getFieldsList().stream()
                .anyMatch(field -> field.hasDefaultValue() && isDeeper(field.getDefaultValue(), limit - 1));
    }
}
