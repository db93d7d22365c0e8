package dev.godwit.values;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.ListType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.PackedFloats;
import dev.godwit.idl.core.v1.PackedInts;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A list, of any class that has items in order.
 *
 * @param <T> the class: {@code List<String>}, {@code long[]}
 */
final class SequenceCodec<T> extends Codec<T> {
    private final Codec<?> item;
    private final Function<T, Iterable<?>> items;
    private final Function<List<Object>, T> maker;

    SequenceCodec(Codec<?> item, Function<T, Iterable<?>> items, Function<List<Object>, T> maker) {
        super(Type.newBuilder()
                .setList(ListType.newBuilder().setItem(item.type()))
                .build());
        this.item = item;
        this.items = items;
        this.maker = maker;
    }

    @Override
    public Literal write(T value, Data data) {
        if (value == null) {
            throw unfit(null);
        }
        ListLiteral.Builder list = ListLiteral.newBuilder();
        for (Object one : items.apply(value)) {
            try {
                list.addItems(item.writeAny(one, data));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + list.getItemsCount() + "]");
            }
        }
        return packed(list.build());
    }

    /** The packed form of a list of numbers, the plain form of any other. */
    private Literal packed(ListLiteral list) {
        List<Literal> written = list.getItemsList();
        if (!written.isEmpty() && written.stream().allMatch(one -> one.getHash().isEmpty())) {
            if (item.type().getSimple() == SimpleType.SIMPLE_TYPE_INT
                    && written.stream().allMatch(Literal::hasIntValue)) {
                PackedInts.Builder ints = PackedInts.newBuilder();
                written.forEach(one -> ints.addItems(one.getIntValue()));
                return item.type().getNullable()
                        ? plain(list)
                        : Literal.newBuilder().setInts(ints).build();
            }
            if (item.type().getSimple() == SimpleType.SIMPLE_TYPE_FLOAT
                    && written.stream().allMatch(Literal::hasFloatValue)) {
                PackedFloats.Builder floats = PackedFloats.newBuilder();
                written.forEach(one -> floats.addItems(one.getFloatValue()));
                return item.type().getNullable()
                        ? plain(list)
                        : Literal.newBuilder().setFloats(floats).build();
            }
        }
        return plain(list);
    }

    private static Literal plain(ListLiteral list) {
        return Literal.newBuilder().setList(list).build();
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        List<Literal> written = switch (literal.getKindCase()) {
            case LIST -> literal.getList().getItemsList();
            case INTS, FLOATS -> Offloading.items(literal);
            default -> throw unreadable(literal);
        };
        List<Object> read = new ArrayList<>(written.size());
        for (Literal one : written) {
            try {
                read.add(item.read(one, data));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + read.size() + "]");
            }
        }
        return maker.apply(read);
    }
}
