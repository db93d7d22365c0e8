package dev.godwit.castability;

import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.MapLiteral;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.PackedFloats;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordLiteral;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionLiteral;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.types.TypeText;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The conversion of values. */
public final class Coercion {
    private Coercion() {}

    /**
     * A value of one type as a value of another; itself where it is one already. A reference, at the top or inside, is
     * passed on with its own type: who reads it converts what it reads.
     *
     * @param literal a value of the source
     * @param source a valid type
     * @param target a valid type
     * @return a value of the target, without the author's hash where it was converted
     * @throws CastException the types do not cast; or this value does not: an integer that is not exactly a float, NaN as
     *     JSON, a file of unknown format, a reference as JSON
     */
    public static Literal coerce(Literal literal, Type source, Type target) {
        Level level = Castability.level(source, target);
        if (level == Level.SAME) {
            return literal;
        }
        if (level == Level.NO) {
            throw new CastException(TypeText.render(source) + " does not cast to " + TypeText.render(target));
        }
        String kind = CastTable.kind(target);
        if (literal.hasNone()) {
            return literal;
        }
        if (literal.hasReference() && !kind.equals("json")) {
            return typed(literal, source);
        }
        if (source.hasUnion()) {
            return fromUnion(literal, source, target);
        }
        if (target.hasUnion()) {
            UnionMember member = Castability.member(source, target).orElseThrow();
            return tagged(member.getTag(), coerce(literal, Castability.bare(source), member.getType()));
        }
        if (kind.equals("json")) {
            return JsonCast.cast(literal);
        }
        return convert(literal, source, target);
    }

    /** A reference that says its type, where only its holder said it: the holder's type changes. */
    private static Literal typed(Literal literal, Type source) {
        if (literal.getReference().hasType()) {
            return literal;
        }
        return literal.toBuilder()
                .setReference(literal.getReference().toBuilder().setType(source))
                .build();
    }

    private static Literal convert(Literal literal, Type source, Type target) {
        return switch (source.getKindCase()) {
            case SIMPLE -> number(literal.getIntValue(), CastTable.kind(target));
            case LIST ->
                list(literal, source.getList().getItem(), target.getList().getItem());
            case TUPLE -> tuple(literal, source.getTuple().getItemsList(), target);
            case MAP -> map(literal, source.getMap().getValue(), target.getMap().getValue());
            case RECORD -> record(literal, source, target);
            case FILE ->
                formatted(
                        literal, literal.getFile().getFormat(), target.getFile().getFormat());
            case DIRECTORY ->
                formatted(
                        literal,
                        literal.getDirectory().getFormat(),
                        target.getDirectory().getFormat());
            case TABLE -> table(literal, target);
            default -> throw new CastException(TypeText.render(source) + " is never converted");
        };
    }

    private static Literal number(long number, String kind) {
        if (kind.equals("decimal")) {
            return Literal.newBuilder().setDecimal(Long.toString(number)).build();
        }
        double made = (double) number;
        if (new BigDecimal(made).compareTo(BigDecimal.valueOf(number)) != 0) {
            throw new CastException(number + " is not exactly a float");
        }
        return Literal.newBuilder().setFloatValue(made).build();
    }

    private static Literal list(Literal literal, Type source, Type target) {
        if (literal.hasInts()
                && literal.getInts().getItemsCount() > 0
                && CastTable.kind(target).equals("float")) {
            PackedFloats.Builder floats = PackedFloats.newBuilder();
            literal.getInts()
                    .getItemsList()
                    .forEach(item -> floats.addItems(number(item, "float").getFloatValue()));
            return Literal.newBuilder().setFloats(floats).build();
        }
        ListLiteral.Builder list = ListLiteral.newBuilder();
        ListItems.of(literal).forEach(item -> list.addItems(coerce(item, source, target)));
        return Literal.newBuilder().setList(list).build();
    }

    private static Literal tuple(Literal literal, List<Type> sources, Type target) {
        List<Literal> items = ListItems.of(literal);
        if (items.size() != sources.size()) {
            throw new CastException("a tuple of " + sources.size() + " items was expected, not of " + items.size());
        }
        ListLiteral.Builder list = ListLiteral.newBuilder();
        for (int i = 0; i < items.size(); i++) {
            Type wanted = target.hasList()
                    ? target.getList().getItem()
                    : target.getTuple().getItems(i);
            list.addItems(coerce(items.get(i), sources.get(i), wanted));
        }
        return Literal.newBuilder().setList(list).build();
    }

    private static Literal map(Literal literal, Type source, Type target) {
        MapLiteral.Builder map = MapLiteral.newBuilder();
        for (MapEntry entry : literal.getMap().getEntriesList()) {
            map.addEntries(entry.toBuilder().setValue(coerce(entry.getValue(), source, target)));
        }
        return Literal.newBuilder().setMap(map).build();
    }

    private static Literal record(Literal literal, Type source, Type target) {
        Map<String, Type> types = new HashMap<>();
        source.getRecord().getFieldsList().forEach(field -> types.put(field.getName(), field.getType()));
        Map<String, Literal> values = new HashMap<>();
        literal.getRecord().getFieldsList().forEach(field -> values.put(field.getName(), field.getValue()));
        RecordLiteral.Builder record = RecordLiteral.newBuilder();
        for (RecordField field : target.getRecord().getFieldsList()) {
            record.addFields(NamedLiteral.newBuilder()
                    .setName(field.getName())
                    .setValue(field(field, types.get(field.getName()), values)));
        }
        return Literal.newBuilder().setRecord(record).build();
    }

    private static Literal field(RecordField field, Type source, Map<String, Literal> values) {
        if (source == null) {
            return field.getDefaultValue();
        }
        return Optional.ofNullable(values.get(field.getName()))
                .map(value -> coerce(value, source, field.getType()))
                .orElseThrow(() -> new CastException("a record with the field " + field.getName() + " was expected"));
    }

    private static Literal formatted(Literal literal, String came, String wanted) {
        if (!wanted.isEmpty() && !wanted.equals(came)) {
            String has = came.isEmpty() ? "has no known format" : "is of format " + came;
            throw new CastException("format " + wanted + " was expected, but the value " + has);
        }
        return literal;
    }

    private static Literal table(Literal literal, Type target) {
        formatted(literal, literal.getTable().getFormat(), target.getTable().getFormat());
        Map<String, Type> came = new HashMap<>();
        literal.getTable().getColumnsList().forEach(column -> came.put(column.getName(), column.getType()));
        for (TableColumn column : target.getTable().getColumnsList()) {
            Type type = came.get(column.getName());
            if (type == null || Castability.level(type, column.getType()) != Level.SAME) {
                String has = type == null ? "it is not there" : "it is " + TypeText.render(type);
                throw new CastException("the column " + column.getName() + " of " + TypeText.render(column.getType())
                        + " was expected, but " + has);
            }
        }
        return literal;
    }

    private static Literal fromUnion(Literal literal, Type source, Type target) {
        String tag = literal.getUnion().getTag();
        Literal value = literal.getUnion().getValue();
        Type member = memberType(source, tag)
                .orElseThrow(() -> new CastException("the tag " + tag + " is none of " + TypeText.render(source)));
        if (!target.hasUnion()) {
            return coerce(value, member, target);
        }
        return memberType(target, tag)
                .map(namesake -> tagged(tag, coerce(value, member, namesake)))
                .orElseGet(() -> coerce(value, member, Castability.bare(target)));
    }

    private static Optional<Type> memberType(Type union, String tag) {
        return union.getUnion().getMembersList().stream()
                .filter(member -> member.getTag().equals(tag))
                .map(UnionMember::getType)
                .findFirst();
    }

    private static Literal tagged(String tag, Literal value) {
        return Literal.newBuilder()
                .setUnion(UnionLiteral.newBuilder().setTag(tag).setValue(value))
                .build();
    }
}
