package dev.godwit.values;

import dev.godwit.castability.Castability;
import dev.godwit.castability.Level;
import dev.godwit.digest.DigestException;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.digest.Scalars;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.DataRef;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.TableLiteral;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonTextException;
import dev.godwit.types.TypeCheck;
import dev.godwit.types.TypeText;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether a literal is a value of a type: checked, never cast. */
public final class LiteralCheck {
    private LiteralCheck() {}

    /**
     * Refuses what is no value of a type. A reference is one where the type that it says casts: its reader converts what it
     * reads.
     *
     * @param literal any literal
     * @param of a valid type
     * @throws ValueMismatchException it is none; the path says where
     */
    public static void check(Literal literal, Type of) {
        if (TypeCheck.isDeeper(literal, TypeCheck.MAX_DEPTH)) {
            throw wrong("", "a value nested at most " + TypeCheck.MAX_DEPTH + " deep", "a deeper one");
        }
        check(literal, of, "");
    }

    private static ValueMismatchException wrong(String path, String expected, String came) {
        return new ValueMismatchException(path, expected, came, "");
    }

    private static void demand(boolean holds, String path, String expected, String came) {
        if (!holds) {
            throw wrong(path, expected, came);
        }
    }

    private static void check(Literal literal, Type of, String path) {
        if (literal.hasNone()) {
            demand(of.getNullable(), path, TypeText.render(of), "none");
            return;
        }
        if (literal.hasReference()) {
            reference(literal.getReference(), of, path);
            return;
        }
        switch (of.getKindCase()) {
            case SIMPLE -> demandKind(isSimple(literal, of.getSimple()), literal, of, path);
            case LIST -> list(literal, of, path);
            case TUPLE -> tuple(literal, of, path);
            case SET -> set(literal, of, path);
            case MAP -> map(literal, of, path);
            case ENUM ->
                demandKind(
                        literal.hasStringValue()
                                && of.getEnum().getSymbolsList().contains(literal.getStringValue()),
                        literal,
                        of,
                        path);
            case RECORD -> record(literal, of, path);
            case UNION -> union(literal, of, path);
            case FILE -> {
                demandKind(literal.hasFile(), literal, of, path);
                String name = literal.getFile().getName();
                demand(name.indexOf('/') < 0 && name.indexOf('\0') < 0, path, "a file name without folders", name);
                content(literal.getFile().getUri(), literal.getFile().getDigest(), path);
                format(literal.getFile().getFormat(), of.getFile().getFormat(), path);
            }
            case DIRECTORY -> {
                demandKind(literal.hasDirectory(), literal, of, path);
                content(literal.getDirectory().getUri(), literal.getDirectory().getDigest(), path);
                format(literal.getDirectory().getFormat(), of.getDirectory().getFormat(), path);
            }
            case TABLE -> {
                demandKind(literal.hasTable(), literal, of, path);
                table(literal.getTable(), of, path);
            }
            case KIND_NOT_SET -> demandKind(false, literal, of, path);
        }
    }

    private static void demandKind(boolean holds, Literal literal, Type of, String path) {
        demand(holds, path, TypeText.render(of), LiteralText.render(literal));
    }

    private static boolean isSimple(Literal of, SimpleType simple) {
        return switch (simple) {
            case SIMPLE_TYPE_BOOL -> of.hasBoolValue();
            case SIMPLE_TYPE_INT -> of.hasIntValue();
            case SIMPLE_TYPE_FLOAT -> of.hasFloatValue();
            case SIMPLE_TYPE_DECIMAL -> of.hasDecimal() && Scalars.isDecimal(of.getDecimal());
            case SIMPLE_TYPE_STRING -> of.hasStringValue();
            case SIMPLE_TYPE_BYTES -> of.hasBytesValue();
            case SIMPLE_TYPE_DATE -> of.hasDate() && Scalars.isDate(of.getDate());
            case SIMPLE_TYPE_DATETIME -> of.hasDatetime() && Scalars.isDatetime(of.getDatetime());
            case SIMPLE_TYPE_DURATION -> of.hasDuration() && Scalars.isDuration(of.getDuration());
            case SIMPLE_TYPE_UUID -> of.hasUuid() && Scalars.isUuid(of.getUuid());
            case SIMPLE_TYPE_JSON -> of.hasJson() && isJson(of.getJson());
            case SIMPLE_TYPE_ERROR -> of.hasError() && Scalars.isError(of.getError());
            case SIMPLE_TYPE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    private static boolean isJson(String text) {
        try {
            JsonText.parse(text);
            return true;
        } catch (JsonTextException error) {
            return false;
        }
    }

    private static void list(Literal literal, Type of, String path) {
        Type item = of.getList().getItem();
        if (literal.hasInts()) {
            demandKind(item.getSimple() == SimpleType.SIMPLE_TYPE_INT, literal, of, path);
        } else if (literal.hasFloats()) {
            demandKind(item.getSimple() == SimpleType.SIMPLE_TYPE_FLOAT, literal, of, path);
        } else {
            demandKind(literal.hasList(), literal, of, path);
            items(literal.getList().getItemsList(), item, path);
        }
    }

    private static void items(List<Literal> items, Type item, String path) {
        for (int i = 0; i < items.size(); i++) {
            check(items.get(i), item, path + "[" + i + "]");
        }
    }

    private static void tuple(Literal literal, Type of, String path) {
        demandKind(literal.hasList(), literal, of, path);
        List<Literal> items = literal.getList().getItemsList();
        List<Type> types = of.getTuple().getItemsList();
        demand(items.size() == types.size(), path, types.size() + " items", items.size() + " items");
        for (int i = 0; i < items.size(); i++) {
            check(items.get(i), types.get(i), path + "[" + i + "]");
        }
    }

    private static void set(Literal literal, Type of, String path) {
        demandKind(literal.hasSet(), literal, of, path);
        List<Literal> items = literal.getSet().getItemsList();
        items(items, of.getSet().getItem(), path);
        distinct(items, path, "element");
    }

    private static void map(Literal literal, Type of, String path) {
        demandKind(literal.hasMap(), literal, of, path);
        for (MapEntry entry : literal.getMap().getEntriesList()) {
            String place = path + "[" + LiteralText.render(entry.getKey()) + "]";
            check(entry.getKey(), of.getMap().getKey(), place);
            check(entry.getValue(), of.getMap().getValue(), place);
        }
        distinct(
                literal.getMap().getEntriesList().stream().map(MapEntry::getKey).toList(), path, "key");
    }

    private static void distinct(List<Literal> values, String path, String what) {
        Set<ByteBuffer> seen = new HashSet<>();
        try {
            for (Literal value : values) {
                boolean isNew = seen.add(ByteBuffer.wrap(LiteralDigest.token(value)));
                demand(isNew, path, "each " + what + " once", LiteralText.render(value) + " twice");
            }
        } catch (DigestException error) {
            throw wrong(path, "a " + what + " with a digest", error.getMessage());
        }
    }

    private static void record(Literal literal, Type of, String path) {
        demandKind(literal.hasRecord(), literal, of, path);
        Map<String, Type> missing = new HashMap<>();
        for (RecordField field : of.getRecord().getFieldsList()) {
            missing.put(field.getName(), field.getType());
        }
        for (NamedLiteral field : literal.getRecord().getFieldsList()) {
            Type type = missing.remove(field.getName());
            demand(type != null, path, "the fields of " + TypeText.render(of), "the field " + field.getName());
            check(field.getValue(), type, path.isEmpty() ? field.getName() : path + "." + field.getName());
        }
        demand(missing.isEmpty(), path, "every field of " + TypeText.render(of), "none called " + missing.keySet());
    }

    private static void union(Literal literal, Type of, String path) {
        demandKind(literal.hasUnion(), literal, of, path);
        String tag = literal.getUnion().getTag();
        for (UnionMember member : of.getUnion().getMembersList()) {
            if (member.getTag().equals(tag)) {
                check(literal.getUnion().getValue(), member.getType(), path + "<" + tag + ">");
                return;
            }
        }
        throw wrong(path, "one of the tags of " + TypeText.render(of), "the tag " + tag);
    }

    private static void content(String uri, String digest, String path) {
        demand(!uri.isEmpty(), path, "a uri", "none");
        boolean known = digest.isEmpty() || Scalars.isContentDigest(digest);
        demand(known, path, "a digest sha256: and 64 hexadecimal digits", digest);
    }

    private static void format(String came, String wanted, String path) {
        boolean fits = wanted.isEmpty() || wanted.equals(came);
        demand(fits, path, "the format " + wanted, came.isEmpty() ? "an unknown one" : came);
    }

    private static void table(TableLiteral table, Type of, String path) {
        content(table.getUri(), table.getDigest(), path);
        demand(!table.getFormat().isEmpty(), path, "a table with its format", "none");
        format(table.getFormat(), of.getTable().getFormat(), path);
        Map<String, Type> came = new HashMap<>();
        table.getColumnsList().forEach(column -> came.put(column.getName(), column.getType()));
        for (TableColumn column : of.getTable().getColumnsList()) {
            Type type = came.get(column.getName());
            boolean same = type != null && level(type, column.getType()) == Level.SAME;
            String expected = "the column " + column.getName() + " of " + TypeText.render(column.getType());
            demand(same, path, expected, type == null ? "nothing" : TypeText.render(type));
        }
    }

    /** How well a type that a literal says, which need not be valid, casts to a valid one. */
    private static Level level(Type said, Type of) {
        return TypeCheck.check(said).isPresent() ? Level.NO : Castability.level(said, of);
    }

    private static void reference(DataRef reference, Type of, String path) {
        demand(!reference.getUri().isEmpty(), path, "a uri", "none");
        int length = reference.getDigest().size();
        demand(length == LiteralDigest.BYTES, path, "a digest of 32 bytes", length + " bytes");
        boolean casts = !reference.hasType() || level(reference.getType(), of) != Level.NO;
        demand(casts, path, TypeText.render(of), "a reference to " + TypeText.render(reference.getType()));
        boolean counted = !reference.hasIndex() || reference.hasItemCount();
        demand(counted, path, "the number of items of an indexed list", "none");
    }
}
