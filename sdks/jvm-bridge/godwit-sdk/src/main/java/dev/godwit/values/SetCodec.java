package dev.godwit.values;

import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SetType;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * A set. Its elements are written in the order of their encodings, so that equal sets are equal bytes.
 *
 * @param <T> the class: {@code Set<String>}
 */
final class SetCodec<T> extends Codec<T> {
    private final Codec<?> item;
    private final Function<T, Collection<?>> items;
    private final Function<List<Object>, T> maker;

    SetCodec(Codec<?> item, Function<T, Collection<?>> items, Function<List<Object>, T> maker) {
        super(Type.newBuilder()
                .setSet(SetType.newBuilder().setItem(item.type()))
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
        List<Literal> written = new ArrayList<>();
        for (Object one : items.apply(value)) {
            try {
                written.add(item.writeAny(one, data));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + written.size() + "]");
            }
        }
        written.sort((left, right) -> Arrays.compareUnsigned(LiteralDigest.token(left), LiteralDigest.token(right)));
        return Literal.newBuilder()
                .setSet(ListLiteral.newBuilder().addAllItems(written))
                .build();
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        if (!literal.hasSet()) {
            throw unreadable(literal);
        }
        List<Object> read = new ArrayList<>();
        for (Literal one : literal.getSet().getItemsList()) {
            try {
                read.add(item.read(one, data));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within("[" + read.size() + "]");
            }
        }
        T made = maker.apply(read);
        if (items.apply(made).size() != read.size()) {
            throw new ValueMismatchException("each element once", "one twice");
        }
        return made;
    }
}
