package dev.godwit.values;

import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.MapLiteral;
import dev.godwit.idl.core.v1.MapType;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * A map. One that keeps an order is written in it; one that has none, in the order of the keys' encodings, so that the same
 * program writes the same bytes.
 *
 * @param <T> the class: {@code Map<String, Long>}
 */
final class MapCodec<T> extends Codec<T> {
    private final Codec<?> key;
    private final Codec<?> value;
    private final Function<T, Map<?, ?>> entries;
    private final Function<Map<Object, Object>, T> maker;

    MapCodec(Codec<?> key, Codec<?> value, Function<T, Map<?, ?>> entries, Function<Map<Object, Object>, T> maker) {
        super(Type.newBuilder()
                .setMap(MapType.newBuilder().setKey(key.type()).setValue(value.type()))
                .build());
        this.key = key;
        this.value = value;
        this.entries = entries;
        this.maker = maker;
    }

    @Override
    public Literal write(T map, Data data) {
        if (map == null) {
            throw unfit(null);
        }
        Map<?, ?> given = entries.apply(map);
        List<MapEntry> written = new ArrayList<>();
        for (Map.Entry<?, ?> entry : given.entrySet()) {
            try {
                written.add(MapEntry.newBuilder()
                        .setKey(key.writeAny(entry.getKey(), data))
                        .setValue(value.writeAny(entry.getValue(), data))
                        .build());
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + entry.getKey() + "]");
            }
        }
        if (isUnordered(given)) {
            written.sort((left, right) ->
                    Arrays.compareUnsigned(LiteralDigest.token(left.getKey()), LiteralDigest.token(right.getKey())));
        }
        return Literal.newBuilder()
                .setMap(MapLiteral.newBuilder().addAllEntries(written))
                .build();
    }

    private static boolean isUnordered(Map<?, ?> map) {
        return map.getClass() == HashMap.class
                || map instanceof ConcurrentMap
                || map.getClass().getName().startsWith("java.util.ImmutableCollections")
                || map.getClass().getName().startsWith("scala.");
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        if (!literal.hasMap()) {
            throw unreadable(literal);
        }
        Map<Object, Object> read = new LinkedHashMap<>();
        for (MapEntry entry : literal.getMap().getEntriesList()) {
            try {
                read.put(key.read(entry.getKey(), data), value.read(entry.getValue(), data));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + LiteralText.render(entry.getKey()) + "]");
            }
        }
        if (read.size() != literal.getMap().getEntriesCount()) {
            throw new ValueMismatchException("each key once", "one twice");
        }
        return maker.apply(read);
    }
}
