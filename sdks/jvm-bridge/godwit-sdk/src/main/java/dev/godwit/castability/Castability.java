package dev.godwit.castability;

import dev.godwit.digest.TypeDigest;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.TableType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionMember;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** May a value of one type feed an input of another? */
public final class Castability {
    private static final Type JSON =
            Type.newBuilder().setSimple(SimpleType.SIMPLE_TYPE_JSON).build();

    /** How well a member of a union fits, best first. */
    private enum Rank {
        EQUAL,
        SAME_KIND,
        SAME_LEVEL,
        CASTABLE
    }

    private static final class Loaded {
        static final CastTable TABLE = CastTable.load();
    }

    private Castability() {}

    /**
     * How well values of a type cast to another.
     *
     * @param source a valid type
     * @param target a valid type
     * @return the level
     */
    public static Level level(Type source, Type target) {
        if (source.getNullable() && !target.getNullable()) {
            return Level.NO;
        }
        if (source.hasUnion()) {
            return target.hasUnion() ? unionToUnion(source, target) : unionToPlain(source, target);
        }
        if (target.hasUnion()) {
            return member(source, target)
                    .map(member -> Level.CONVERT.worse(level(bare(source), member.getType())))
                    .orElse(Level.NO);
        }
        return Loaded.TABLE
                .row(source, target)
                .map(row -> row.condition().isEmpty()
                        ? row.level()
                        : row.level().worse(condition(row.condition(), source, target)))
                .orElse(Level.NO);
    }

    /**
     * The member of a union that values of a type go to: the one equal member, else the one of the same kind at level
     * same, else the one at level same, else the one that it casts to at all.
     *
     * @param source a valid type that is no union
     * @param target a valid union
     * @return the member; empty where there is none, or two of the same rank
     */
    public static Optional<UnionMember> member(Type source, Type target) {
        Type plain = bare(source);
        byte[] encoded = TypeDigest.encode(plain);
        Map<Rank, List<UnionMember>> ranks = new EnumMap<>(Rank.class);
        for (UnionMember member : target.getUnion().getMembersList()) {
            Level level = level(plain, member.getType());
            if (level != Level.NO) {
                Rank rank = rank(plain, encoded, member.getType(), level);
                ranks.computeIfAbsent(rank, one -> new ArrayList<>()).add(member);
            }
        }
        return ranks.values().stream()
                .findFirst()
                .filter(best -> best.size() == 1)
                .map(best -> best.get(0));
    }

    private static Rank rank(Type plain, byte[] encoded, Type member, Level level) {
        if (Arrays.equals(encoded, TypeDigest.encode(member))) {
            return Rank.EQUAL;
        }
        if (level != Level.SAME) {
            return Rank.CASTABLE;
        }
        return CastTable.kind(plain).equals(CastTable.kind(member)) ? Rank.SAME_KIND : Rank.SAME_LEVEL;
    }

    /**
     * The type of the values that are not none.
     *
     * @param of any type
     * @return the type, not nullable
     */
    public static Type bare(Type of) {
        return of.getNullable() ? of.toBuilder().clearNullable().build() : of;
    }

    private static Level unionToPlain(Type source, Type target) {
        return Level.CONVERT.worse(
                worst(source.getUnion().getMembersList(), member -> level(member.getType(), target)));
    }

    private static Level unionToUnion(Type source, Type target) {
        Map<String, Type> tags = new LinkedHashMap<>();
        target.getUnion().getMembersList().forEach(member -> tags.put(member.getTag(), member.getType()));
        return worst(source.getUnion().getMembersList(), member -> {
            Type namesake = tags.get(member.getTag());
            return level(member.getType(), namesake == null ? bare(target) : namesake);
        });
    }

    private static <T> Level worst(List<T> parts, Function<T, Level> level) {
        return parts.stream().map(level).reduce(Level.SAME, Level::worse);
    }

    private static Level condition(String name, Type source, Type target) {
        return switch (name) {
            case "symbols_subset" ->
                onlyIf(new HashSet<>(target.getEnum().getSymbolsList())
                        .containsAll(source.getEnum().getSymbolsList()));
            case "item" -> level(source.getList().getItem(), target.getList().getItem());
            case "items_to_item" ->
                worst(
                        source.getTuple().getItemsList(),
                        item -> level(item, target.getList().getItem()));
            case "items" ->
                items(source.getTuple().getItemsList(), target.getTuple().getItemsList());
            case "item_same" ->
                onlyIf(level(source.getSet().getItem(), target.getSet().getItem()) == Level.SAME);
            case "key_same_value" ->
                onlyIf(level(source.getMap().getKey(), target.getMap().getKey()) == Level.SAME)
                        .worse(level(source.getMap().getValue(), target.getMap().getValue()));
            case "fields" ->
                fields(source.getRecord().getFieldsList(), target.getRecord().getFieldsList());
            case "format" ->
                source.hasFile()
                        ? format(source.getFile().getFormat(), target.getFile().getFormat())
                        : format(
                                source.getDirectory().getFormat(),
                                target.getDirectory().getFormat());
            case "format_columns" -> columns(source.getTable(), target.getTable());
            case "item_to_json" -> level(source.getList().getItem(), JSON);
            case "items_to_json" -> worst(source.getTuple().getItemsList(), item -> level(item, JSON));
            case "string_key_value_to_json" ->
                onlyIf(CastTable.kind(source.getMap().getKey()).equals("string"))
                        .worse(level(source.getMap().getValue(), JSON));
            case "fields_to_json" -> worst(source.getRecord().getFieldsList(), field -> level(field.getType(), JSON));
            default -> throw new IllegalStateException("the table has a condition unknown here: " + name);
        };
    }

    private static Level onlyIf(boolean holds) {
        return holds ? Level.SAME : Level.NO;
    }

    private static Level items(List<Type> source, List<Type> target) {
        Level level = onlyIf(source.size() == target.size());
        for (int i = 0; level != Level.NO && i < source.size(); i++) {
            level = level.worse(level(source.get(i), target.get(i)));
        }
        return level;
    }

    private static Level fields(List<RecordField> source, List<RecordField> target) {
        Map<String, RecordField> ours = source.stream().collect(Collectors.toMap(RecordField::getName, one -> one));
        long shared = 0;
        Level level = Level.SAME;
        for (RecordField field : target) {
            RecordField namesake = ours.get(field.getName());
            if (namesake != null) {
                shared++;
                level = level.worse(level(namesake.getType(), field.getType()));
            } else if (!field.hasDefaultValue()) {
                return Level.NO;
            }
        }
        boolean dropped = source.size() > shared;
        boolean filled = target.size() > shared;
        if (dropped && filled) {
            return Level.NO;
        }
        return dropped || filled ? level.worse(Level.CONVERT) : level;
    }

    private static Level format(String source, String target) {
        if (target.isEmpty() || target.equals(source)) {
            return Level.SAME;
        }
        return source.isEmpty() ? Level.CHECKED : Level.NO;
    }

    private static Level columns(TableType source, TableType target) {
        Level level = format(source.getFormat(), target.getFormat());
        if (target.getColumnsCount() == 0) {
            return level;
        }
        if (source.getColumnsCount() == 0) {
            return level.worse(Level.CHECKED);
        }
        Map<String, Type> ours = new LinkedHashMap<>();
        source.getColumnsList().forEach(column -> ours.put(column.getName(), column.getType()));
        for (TableColumn column : target.getColumnsList()) {
            Type came = ours.get(column.getName());
            if (came == null || level(came, column.getType()) != Level.SAME) {
                return Level.NO;
            }
        }
        return level;
    }
}
