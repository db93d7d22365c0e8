package dev.godwit.interfaces;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.types.AsTuple;
import dev.godwit.types.JavaType;
import dev.godwit.values.Codec;
import dev.godwit.values.Codecs;
import dev.godwit.values.Data;
import dev.godwit.values.RecordCodec;
import java.util.ArrayList;
import java.util.List;

/**
 * The outputs of a task or workflow: the components of a record; or one output called {@code result}, of any other type; or
 * none, of {@code void}.
 *
 * @param <T> what is returned
 */
public final class Outputs<T> {
    /** Name of an output that has no other. */
    public static final String UNNAMED = "result";

    private final Codec<T> codec;
    private final List<Output> declared;

    private Outputs(Codec<T> codec) {
        this.codec = codec;
        List<Output> outputs = new ArrayList<>();
        if (isNamed()) {
            ((RecordCodec<T>) codec)
                    .fields()
                    .forEach(field -> outputs.add(Output.newBuilder()
                            .setName(Inputs.checkedName(field.name()))
                            .setType(field.codec().type())
                            .setDescription(field.description())
                            .build()));
        } else if (codec != null) {
            outputs.add(
                    Output.newBuilder().setName(UNNAMED).setType(codec.type()).build());
        }
        declared = List.copyOf(outputs);
    }

    private boolean isNamed() {
        return codec instanceof RecordCodec<T> record
                && !record.shape().type().raw().isAnnotationPresent(AsTuple.class);
    }

    /**
     * The outputs that a class says.
     *
     * @param codecs finds codecs
     * @param type a record, or the class of the one output, or {@code Void}
     * @param <T> the class
     * @return the outputs
     * @throws dev.godwit.errors.UnsupportedTypeException a part of it has no type in the contract
     */
    @SuppressWarnings("unchecked") // the codec of a class translates its instances
    public static <T> Outputs<T> of(Codecs codecs, Class<T> type) {
        return (Outputs<T>) of(codecs, JavaType.of(type));
    }

    /**
     * The outputs that a type says.
     *
     * @param codecs finds codecs
     * @param type a record, or the type of the one output, or {@code void}
     * @return the outputs
     * @throws dev.godwit.errors.UnsupportedTypeException a part of it has no type in the contract
     */
    public static Outputs<?> of(Codecs codecs, JavaType type) {
        boolean none = type.raw() == void.class || type.raw() == Void.class;
        return none ? new Outputs<Object>(null) : new Outputs<>(codecs.of(type));
    }

    /**
     * The outputs as the contract has them.
     *
     * @return in order
     */
    public List<Output> declared() {
        return declared;
    }

    /**
     * The values of what was returned.
     *
     * @param returned what was returned; null of {@code void}
     * @param data where files are kept
     * @return every output in order
     * @throws ValueMismatchException it is not what is declared
     */
    public NamedLiterals write(T returned, Data data) {
        NamedLiterals.Builder values = NamedLiterals.newBuilder();
        if (isNamed()) {
            return values.addAllValues(((RecordCodec<T>) codec).writeNamed(returned, data))
                    .build();
        }
        if (codec != null) {
            values.addValues(NamedLiteral.newBuilder().setName(UNNAMED).setValue(codec.write(returned, data)));
        }
        return values.build();
    }

    /**
     * What was returned, of its values.
     *
     * @param values {@code outputs.pb}
     * @param data where files, and values that are stored elsewhere, are read from
     * @return what was returned; null of {@code void}
     * @throws ValueMismatchException they are not what is declared
     */
    public T read(NamedLiterals values, Data data) {
        if (isNamed()) {
            return ((RecordCodec<T>) codec).readNamed(values.getValuesList(), data);
        }
        if (values.getValuesCount() != declared.size()) {
            throw new ValueMismatchException(declared.size() + " outputs", values.getValuesCount() + " values");
        }
        return codec == null ? null : codec.read(values.getValues(0).getValue(), data);
    }
}
