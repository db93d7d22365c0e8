package dev.godwit.values;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordLiteral;
import dev.godwit.idl.core.v1.RecordType;
import dev.godwit.idl.core.v1.TupleType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.AsTuple;
import dev.godwit.types.RecordShape;
import dev.godwit.types.TypeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A record of any JVM language: its components are fields, in order; of an {@link AsTuple} the items of a tuple.
 *
 * @param <T> the class
 */
public final class RecordCodec<T> extends Codec<T> {
    private final RecordShape shape;
    private final List<Field> fields;
    private final boolean tuple;

    RecordCodec(RecordShape shape, List<Field> fields) {
        super(typeOf(shape, fields));
        this.shape = shape;
        this.fields = List.copyOf(fields);
        this.tuple = isTuple(shape);
    }

    private static boolean isTuple(RecordShape shape) {
        return shape.type().raw().isAnnotationPresent(AsTuple.class);
    }

    private static Type typeOf(RecordShape shape, List<Field> fields) {
        if (isTuple(shape)) {
            TupleType.Builder tuple = TupleType.newBuilder();
            fields.forEach(field -> tuple.addItems(field.codec().type()));
            return Type.newBuilder().setTuple(tuple).build();
        }
        RecordType.Builder record =
                RecordType.newBuilder().setName(shape.name()).setDescription(shape.description());
        for (Field field : fields) {
            RecordField.Builder made = RecordField.newBuilder()
                    .setName(field.name())
                    .setType(field.codec().type())
                    .setDescription(field.description());
            field.defaultValue().ifPresent(made::setDefaultValue);
            record.addFields(made);
        }
        return Type.newBuilder().setRecord(record).build();
    }

    /**
     * The components as the contract has them.
     *
     * @return in order
     */
    public List<Field> fields() {
        return fields;
    }

    /**
     * The class and its components.
     *
     * @return the shape
     */
    public RecordShape shape() {
        return shape;
    }

    /**
     * The components of a record, each by its name: the inputs or outputs of a task.
     *
     * @param value an instance of the class
     * @param data where files, and values that are too large, are kept
     * @return in order
     * @throws ValueMismatchException a component is not of its type
     */
    public List<NamedLiteral> writeNamed(T value, Data data) {
        if (!shape.type().raw().isInstance(value)) {
            throw unfit(value);
        }
        List<NamedLiteral> written = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            try {
                Literal literal =
                        field.codec().writeAny(shape.get(shape.components().get(i), value), data);
                written.add(NamedLiteral.newBuilder()
                        .setName(field.name())
                        .setValue(literal)
                        .build());
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within(place(i));
            }
        }
        return written;
    }

    /**
     * A record of its components by name; what is left out, and has a default, is filled in.
     *
     * @param values by name, in any order
     * @param data where files, and values that are stored elsewhere, are read from
     * @return an instance of the class
     * @throws ValueMismatchException a component is missing, unknown, twice there, or not of its type; the class's own
     *     constructor refuses the values
     */
    public T readNamed(List<NamedLiteral> values, Data data) {
        Map<String, Literal> given = new LinkedHashMap<>();
        for (NamedLiteral value : values) {
            if (given.put(value.getName(), value.getValue()) != null) {
                throw new ValueMismatchException(value.getName(), "each field once", "it twice", "");
            }
        }
        List<Object> read = new ArrayList<>();
        for (Field field : fields) {
            Literal literal = given.remove(field.name());
            read.add(readField(
                    read.size(), literal == null ? field.defaultValue().orElse(null) : literal, data));
        }
        if (!given.isEmpty()) {
            throw new ValueMismatchException(
                    TypeText.render(type()), "a record that also has " + String.join(", ", given.keySet()));
        }
        return make(read);
    }

    private Object readField(int index, Literal literal, Data data) {
        Codec<?> codec = fields.get(index).codec();
        if (literal == null) {
            throw new ValueMismatchException(TypeText.render(codec.type()), "nothing").within(place(index));
        }
        try {
            return codec.read(literal, data);
        } catch (ValueMismatchException mismatch) {
            throw mismatch.within(place(index));
        }
    }

    private String place(int index) {
        return tuple ? "[" + index + "]" : "." + fields.get(index).name();
    }

    @SuppressWarnings("unchecked") // the constructor makes instances of the class
    private T make(List<Object> values) {
        try {
            return (T) shape.make(values);
        } catch (RuntimeException error) {
            // A class may check its own values; what it says belongs to the user.
            ValueMismatchException refused =
                    new ValueMismatchException(TypeText.render(type()), "values that it refuses (" + error + ")");
            refused.initCause(error);
            throw refused;
        }
    }

    @Override
    public Literal write(T value, Data data) {
        List<NamedLiteral> written = writeNamed(value, data);
        if (!tuple) {
            return Literal.newBuilder()
                    .setRecord(RecordLiteral.newBuilder().addAllFields(written))
                    .build();
        }
        ListLiteral.Builder items = ListLiteral.newBuilder();
        written.forEach(named -> items.addItems(named.getValue()));
        return Literal.newBuilder().setList(items).build();
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        if (!tuple) {
            if (!literal.hasRecord()) {
                throw unreadable(literal);
            }
            return readNamed(literal.getRecord().getFieldsList(), data);
        }
        List<Literal> items = Offloading.items(literal);
        if (items == null || items.size() != fields.size()) {
            throw unreadable(literal);
        }
        List<Object> read = new ArrayList<>();
        items.forEach(item -> read.add(readField(read.size(), item, data)));
        return make(read);
    }
}
