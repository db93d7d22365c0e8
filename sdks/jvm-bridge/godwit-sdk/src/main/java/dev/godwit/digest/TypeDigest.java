package dev.godwit.digest;

import dev.godwit.idl.core.v1.Interface;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionMember;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The digests of types and interfaces: names of classes, descriptions, defaults and the order of fields do not count. */
public final class TypeDigest {
    /** Of the simple types, by their numbers. */
    private static final String SIMPLE = " bifdsyDtuUje";

    private TypeDigest() {}

    /**
     * The digest of a type.
     *
     * @param type the type
     * @return 32 bytes
     * @throws DigestException it has no known kind, or two parts of one name
     */
    public static byte[] digest(Type type) {
        return Encoder.sha256("godwit.type.v1", encode(type));
    }

    /**
     * The digest of an interface.
     *
     * @param of the interface
     * @return 32 bytes
     * @throws DigestException two inputs or two outputs have one name, or a type has no digest
     */
    public static byte[] digest(Interface of) {
        KeyedPieces inputs = new KeyedPieces("input");
        of.getInputsList().forEach(input -> inputs.add(input.getName(), digest(input.getType())));
        KeyedPieces outputs = new KeyedPieces("output");
        of.getOutputsList().forEach(output -> outputs.add(output.getName(), digest(output.getType())));
        return Encoder.sha256(
                "godwit.interface.v1", outputs.into(inputs.into(new Encoder())).made());
    }

    /**
     * The encoding of a type.
     *
     * @param type the type
     * @return its bytes: two types are one if, and only if, these are equal
     * @throws DigestException it has no known kind, or two parts of one name
     */
    public static byte[] encode(Type type) {
        return fill(new Encoder(), type).made();
    }

    private static Encoder fill(Encoder to, Type of) {
        if (of.getNullable()) {
            to.tag('?');
        }
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(to, of.getSimpleValue());
            case LIST -> fill(to.tag('l'), of.getList().getItem());
            case TUPLE -> tuple(to.tag('p'), of.getTuple().getItemsList());
            case SET -> fill(to.tag('S'), of.getSet().getItem());
            case MAP ->
                fill(fill(to.tag('m'), of.getMap().getKey()), of.getMap().getValue());
            case ENUM -> symbols(to.tag('E'), of.getEnum().getSymbolsList());
            case RECORD -> fields(to.tag('r'), of.getRecord().getFieldsList());
            case UNION -> members(to.tag('|'), of.getUnion().getMembersList());
            case FILE -> to.tag('F').text(of.getFile().getFormat());
            case DIRECTORY -> to.tag('P').text(of.getDirectory().getFormat());
            case TABLE ->
                columns(
                        to.tag('T').text(of.getTable().getFormat()),
                        of.getTable().getColumnsList());
            case KIND_NOT_SET -> throw new DigestException("a type without a known kind");
        };
    }

    private static Encoder simple(Encoder to, int number) {
        if (number < 1 || number >= SIMPLE.length()) {
            throw new DigestException("no simple type: " + number);
        }
        return to.tag(SIMPLE.charAt(number));
    }

    private static Encoder tuple(Encoder to, List<Type> items) {
        to.i64(items.size());
        items.forEach(item -> fill(to, item));
        return to;
    }

    private static Encoder symbols(Encoder to, List<String> symbols) {
        List<byte[]> texts = new ArrayList<>();
        symbols.forEach(symbol -> texts.add(new Encoder().text(symbol).made()));
        texts.sort(Arrays::compareUnsigned);
        if (new HashSet<>(symbols).size() != symbols.size()) {
            throw new DigestException("two equal symbols of an enum");
        }
        return to.counted(texts);
    }

    private static Encoder fields(Encoder to, List<RecordField> fields) {
        KeyedPieces pieces = new KeyedPieces("field");
        fields.forEach(field -> pieces.add(field.getName(), encode(field.getType())));
        return pieces.into(to);
    }

    private static Encoder members(Encoder to, List<UnionMember> members) {
        KeyedPieces pieces = new KeyedPieces("tag");
        members.forEach(member -> pieces.add(member.getTag(), encode(member.getType())));
        return pieces.into(to);
    }

    private static Encoder columns(Encoder to, List<TableColumn> columns) {
        Set<String> names = new HashSet<>();
        to.i64(columns.size());
        for (TableColumn column : columns) {
            if (!names.add(column.getName())) {
                throw new DigestException("two columns of one name");
            }
            fill(to.text(column.getName()), column.getType());
        }
        return to;
    }
}
