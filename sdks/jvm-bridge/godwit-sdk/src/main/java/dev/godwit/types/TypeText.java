package dev.godwit.types;

import dev.godwit.idl.core.v1.EnumType;
import dev.godwit.idl.core.v1.RecordType;
import dev.godwit.idl.core.v1.TableType;
import dev.godwit.idl.core.v1.Type;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Short texts of types: for messages, and as the default tags of unions. */
public final class TypeText {
    private static final String SIMPLE_PREFIX = "SIMPLE_TYPE_";

    private TypeText() {}

    /**
     * A type as text: {@code int}, {@code list<int>}, {@code map<string, int>}, {@code int | string}, {@code float?}, a
     * record's name.
     *
     * @param of the type
     * @return its text
     */
    public static String render(Type of) {
        String text = bare(of);
        if (!of.getNullable()) {
            return text;
        }
        return of.hasUnion() ? "(" + text + ")?" : text + "?";
    }

    private static String bare(Type of) {
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(of);
            case LIST -> "list<" + render(of.getList().getItem()) + ">";
            case TUPLE -> "tuple<" + joined(of.getTuple().getItemsList(), ", ", TypeText::render) + ">";
            case SET -> "set<" + render(of.getSet().getItem()) + ">";
            case MAP ->
                "map<" + render(of.getMap().getKey()) + ", "
                        + render(of.getMap().getValue()) + ">";
            case ENUM -> symbols(of.getEnum());
            case RECORD -> fields(of.getRecord());
            case UNION -> joined(of.getUnion().getMembersList(), " | ", member -> render(member.getType()));
            case FILE -> formatted("file", of.getFile().getFormat(), "");
            case DIRECTORY -> formatted("directory", of.getDirectory().getFormat(), "");
            case TABLE -> formatted("table", of.getTable().getFormat(), columns(of.getTable()));
            case KIND_NOT_SET -> "unknown";
        };
    }

    private static String simple(Type of) {
        String name = of.getSimple().name();
        return name.startsWith(SIMPLE_PREFIX)
                ? name.substring(SIMPLE_PREFIX.length()).toLowerCase(Locale.ROOT)
                : "unknown " + of.getSimpleValue();
    }

    private static String symbols(EnumType of) {
        return of.getName().isEmpty() ? "enum<" + String.join(", ", of.getSymbolsList()) + ">" : of.getName();
    }

    private static String fields(RecordType of) {
        if (!of.getName().isEmpty()) {
            return of.getName();
        }
        return "record<"
                + joined(of.getFieldsList(), ", ", field -> field.getName() + ": " + render(field.getType()))
                + ">";
    }

    private static String columns(TableType of) {
        return joined(of.getColumnsList(), ", ", column -> column.getName() + ": " + render(column.getType()));
    }

    private static String formatted(String name, String format, String columns) {
        String inside =
                Stream.of(format, columns).filter(part -> !part.isEmpty()).collect(Collectors.joining("; "));
        return inside.isEmpty() ? name : name + "<" + inside + ">";
    }

    private static <T> String joined(List<T> parts, String separator, Function<T, String> text) {
        return parts.stream().map(text).collect(Collectors.joining(separator));
    }
}
