package dev.godwit.conformance;

import dev.godwit.idl.core.v1.EnumType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordType;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.TableType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.idl.core.v1.UnionType;
import dev.godwit.json.JsonString;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonValue;
import dev.godwit.json.ValueJson;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.lang.model.SourceVersion;

/**
 * What an author of Java would write to have a type: records, enums and sealed interfaces, each in a class of its own, so
 * that their names do not meet.
 */
final class JavaDeclarations {
    /** The name of the class around all. */
    static final String OUTER = "Declared__";

    private static final Set<String> OF_OBJECT =
            Set.of("clone", "finalize", "getClass", "hashCode", "notify", "notifyAll", "toString", "wait", "equals");

    private final StringBuilder classes = new StringBuilder();
    private final Moments moments;
    private int made;

    /**
     * Declares nothing yet.
     *
     * @param moments the class of datetimes
     */
    JavaDeclarations(Moments moments) {
        this.moments = moments;
    }

    /**
     * The source of a file whose class {@value #OUTER} holds a record {@code Holder} with the one component {@code value}
     * of the type.
     *
     * @param of the type
     * @param moments the class of datetimes
     * @return the source
     */
    static String source(Type of, Moments moments) {
        JavaDeclarations declarations = new JavaDeclarations(moments);
        String type = declarations.type(of);
        return "public final class " + OUTER + " {\n" + declarations.classes + "public record Holder(" + type
                + " value) {}\n}\n";
    }

    /**
     * Declares a record.
     *
     * @param of its type
     * @return the name of its class
     */
    String record(RecordType of) {
        return record(of, "", of.getName());
    }

    /**
     * What is declared.
     *
     * @return the classes, to stand in the class {@value #OUTER}
     */
    String classes() {
        return classes.toString();
    }

    private String type(Type of) {
        String bare = bare(of);
        return of.getNullable() ? "java.util.Optional<" + bare + ">" : bare;
    }

    private String bare(Type of) {
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(of.getSimple());
            case LIST -> "java.util.List<" + type(of.getList().getItem()) + ">";
            case SET -> "java.util.Set<" + type(of.getSet().getItem()) + ">";
            case MAP ->
                "java.util.Map<" + type(of.getMap().getKey()) + ", "
                        + type(of.getMap().getValue()) + ">";
            case TUPLE -> tuple(of.getTuple().getItemsList());
            case ENUM -> enumeration(of.getEnum());
            case RECORD -> record(of.getRecord());
            case UNION -> union(of.getUnion());
            case FILE -> "dev.godwit.values." + format(of.getFile().getFormat()) + "File";
            case DIRECTORY -> "dev.godwit.values." + format(of.getDirectory().getFormat()) + "Directory";
            case TABLE -> table(of.getTable());
            default -> throw new UnsupportedRequest("types of kind " + of.getKindCase());
        };
    }

    private String simple(SimpleType of) {
        return switch (of) {
            case SIMPLE_TYPE_BOOL -> "java.lang.Boolean";
            case SIMPLE_TYPE_INT -> "java.lang.Long";
            case SIMPLE_TYPE_FLOAT -> "java.lang.Double";
            case SIMPLE_TYPE_DECIMAL -> "java.math.BigDecimal";
            case SIMPLE_TYPE_STRING -> "java.lang.String";
            case SIMPLE_TYPE_BYTES -> "com.google.protobuf.ByteString";
            case SIMPLE_TYPE_DATE -> "java.time.LocalDate";
            case SIMPLE_TYPE_DATETIME -> moments.className();
            case SIMPLE_TYPE_DURATION -> "java.time.Duration";
            case SIMPLE_TYPE_UUID -> "java.util.UUID";
            case SIMPLE_TYPE_JSON -> "dev.godwit.values.Json";
            case SIMPLE_TYPE_ERROR -> "dev.godwit.idl.core.v1.ExecutionError";
            default -> throw new UnsupportedRequest("the simple type " + of);
        };
    }

    private String tuple(List<Type> items) {
        List<String> components = new ArrayList<>();
        for (Type item : items) {
            components.add(type(item) + " item" + components.size());
        }
        return scope("@dev.godwit.types.AsTuple ", "record", "Items", "(" + String.join(", ", components) + ") {}");
    }

    private String enumeration(EnumType of) {
        List<String> constants = new ArrayList<>();
        for (String symbol : of.getSymbolsList()) {
            boolean fits = isIdentifier(symbol);
            constants.add(fits ? symbol : named(symbol) + "symbol__" + constants.size());
        }
        return scope("", "enum", of.getName(), " { " + String.join(", ", constants) + " }");
    }

    private String record(RecordType of, String implemented, String name) {
        List<String> components = new ArrayList<>();
        for (RecordField field : of.getFieldsList()) {
            components.add(component(field, "field__" + components.size()));
        }
        String body = "(" + String.join(", ", components) + ") " + implemented + "{}";
        return scope(doc(of.getDescription()), "record", name, body);
    }

    private String component(RecordField field, String otherwise) {
        boolean fits = isIdentifier(field.getName()) && !OF_OBJECT.contains(field.getName());
        String defaults = field.hasDefaultValue() ? defaulted(field.getDefaultValue(), field.getType()) : "";
        String annotations = (fits ? "" : named(field.getName())) + doc(field.getDescription()) + defaults;
        return annotations + type(field.getType()) + " " + (fits ? field.getName() : otherwise);
    }

    private static String defaulted(Literal value, Type of) {
        if (value.hasNone()) {
            return "@dev.godwit.types.Default(none = true) ";
        }
        JsonValue json = ValueJson.toJson(value, of);
        String text = json instanceof JsonString string ? string.value() : JsonText.write(json);
        return "@dev.godwit.types.Default(" + quoted(text) + ") ";
    }

    private String union(UnionType of) {
        String name = "Union" + made;
        String owner = OUTER + ".Scope" + made++ + "__";
        Set<String> members = new LinkedHashSet<>();
        for (UnionMember member : of.getMembersList()) {
            members.add(member(member, owner + "." + name));
        }
        String scope = owner.substring(OUTER.length() + 1);
        classes.append("public static final class ")
                .append(scope)
                .append(" { public sealed interface ")
                .append(name)
                .append(" permits ")
                .append(String.join(", ", members))
                .append(" {} }\n");
        return owner + "." + name;
    }

    /** A record of the tag's name is a member itself, a record around it of any other value. */
    private String member(UnionMember member, String union) {
        Type of = member.getType();
        String implemented = "implements " + union + " ";
        if (of.hasRecord() && of.getRecord().getName().equals(member.getTag())) {
            return record(of.getRecord(), implemented, member.getTag());
        }
        String annotations = "@dev.godwit.types.Unwrapped @dev.godwit.types.Tag(" + quoted(member.getTag()) + ") ";
        return scope(annotations, "record", "Member", "(" + type(of) + " value) " + implemented + "{}");
    }

    private String table(TableType of) {
        String columns = "";
        if (of.getColumnsCount() > 0) {
            RecordType.Builder row = RecordType.newBuilder().setName("Row");
            of.getColumnsList()
                    .forEach(column -> row.addFields(
                            RecordField.newBuilder().setName(column.getName()).setType(column.getType())));
            columns = "@dev.godwit.types.Columns(" + record(row.build(), "", "Row") + ".class) ";
        }
        return "dev.godwit.values." + format(of.getFormat()) + columns + "Table";
    }

    private static String format(String format) {
        return format.isEmpty() ? "" : "@dev.godwit.types.Format(" + quoted(format) + ") ";
    }

    private static String doc(String text) {
        return text.isEmpty() ? "" : "@dev.godwit.types.Doc(" + quoted(text) + ") ";
    }

    private static String named(String name) {
        return "@dev.godwit.types.Name(" + quoted(name) + ") ";
    }

    /** Declares a class in a class of its own, and returns its name. */
    private String scope(String annotations, String kind, String name, String body) {
        String scope = "Scope" + made++ + "__";
        boolean fits = isIdentifier(name) && !OUTER.equals(name) && !name.startsWith("Scope");
        String declared = fits ? name : "Named";
        classes.append("public static final class ")
                .append(scope)
                .append(" { ")
                .append(fits ? "" : named(name))
                .append(annotations)
                .append("public ")
                .append(kind)
                .append(' ')
                .append(declared)
                .append(body)
                .append(" }\n");
        return OUTER + "." + scope + "." + declared;
    }

    private static boolean isIdentifier(String name) {
        return SourceVersion.isName(name, SourceVersion.RELEASE_17)
                && name.chars().allMatch(letter -> letter < 128 && letter != '.' && letter != '$')
                && !Set.of("record", "sealed", "permits", "var", "yield").contains(name);
    }

    /**
     * A text as it stands in a source.
     *
     * @param text any
     * @return with its quotes, in ASCII
     */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            boolean plain = letter >= ' ' && letter < 127 && letter != '"' && letter != '\\';
            // Escapes of Unicode are read before lines and texts are: those of octal digits are not.
            quoted.append(plain ? String.valueOf(letter) : letter < 128 ? octal(letter) : unicode(letter));
        }
        return quoted.append('"').toString();
    }

    private static String octal(char letter) {
        return String.format("\\%03o", (int) letter);
    }

    private static String unicode(char letter) {
        return String.format("\\u%04x", (int) letter);
    }
}
