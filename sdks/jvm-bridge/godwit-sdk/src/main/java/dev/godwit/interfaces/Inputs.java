package dev.godwit.interfaces;

import dev.godwit.errors.GodwitException;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.values.Codecs;
import dev.godwit.values.Data;
import dev.godwit.values.Field;
import dev.godwit.values.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The inputs of a task, a workflow or a launch plan: the components of a record.
 *
 * @param <T> the record
 */
public final class Inputs<T> {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    private final RecordCodec<T> codec;
    private final List<Input> declared;

    private Inputs(RecordCodec<T> codec) {
        this.codec = codec;
        List<Input> inputs = new ArrayList<>();
        for (Field field : codec.fields()) {
            Input.Builder input = Input.newBuilder()
                    .setName(checkedName(field.name()))
                    .setType(field.codec().type())
                    .setDescription(field.description());
            field.defaultValue().ifPresent(input::setDefaultValue);
            inputs.add(input.build());
        }
        declared = List.copyOf(inputs);
    }

    static String checkedName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new GodwitException(
                    "INVALID_NAME",
                    "Expected a letter or underscore, then letters, digits, underscores as the name of an input or output,"
                            + " got " + name + ".",
                    "Rename the component.");
        }
        return name;
    }

    /**
     * The inputs that a record says.
     *
     * @param codecs finds the codecs of its components
     * @param record its class; one without components for a task without inputs
     * @param <T> its class
     * @return the inputs
     * @throws dev.godwit.errors.UnsupportedTypeException it is no record, or a component has no type in the contract
     */
    public static <T> Inputs<T> of(Codecs codecs, Class<T> record) {
        return new Inputs<>(codecs.record(record));
    }

    /**
     * The inputs as the contract has them.
     *
     * @return in the order of the record
     */
    public List<Input> declared() {
        return declared;
    }

    /**
     * The translation of the record.
     *
     * @return its codec
     */
    public RecordCodec<T> codec() {
        return codec;
    }

    /**
     * The record of given values; defaults are filled in for what is left out.
     *
     * @param values {@code inputs.pb}
     * @param data where files, and values that are stored elsewhere, are read from
     * @return the record
     * @throws ValueMismatchException an input is missing, unknown, or not of its type
     */
    public T read(NamedLiterals values, Data data) {
        Set<String> known =
                new TreeSet<>(codec.fields().stream().map(Field::name).toList());
        for (NamedLiteral value : values.getValuesList()) {
            if (!known.contains(value.getName())) {
                throw new ValueMismatchException(
                        "",
                        "the inputs " + String.join(", ", known),
                        "the input " + value.getName(),
                        "Register the task again: its source has changed.");
            }
        }
        return codec.readNamed(values.getValuesList(), data);
    }

    /**
     * The values of a record.
     *
     * @param record the record
     * @param data where files are kept
     * @return in the order of the record
     * @throws ValueMismatchException a component is not of its type
     */
    public NamedLiterals write(T record, Data data) {
        return NamedLiterals.newBuilder()
                .addAllValues(codec.writeNamed(record, data))
                .build();
    }
}
