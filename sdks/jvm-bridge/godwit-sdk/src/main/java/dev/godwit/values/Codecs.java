package dev.godwit.values;

import dev.godwit.errors.UnsupportedTypeException;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.json.ValueJson;
import dev.godwit.types.Columns;
import dev.godwit.types.Default;
import dev.godwit.types.Format;
import dev.godwit.types.ItemType;
import dev.godwit.types.JavaRecordShapes;
import dev.godwit.types.JavaType;
import dev.godwit.types.KotlinRecordShapes;
import dev.godwit.types.RecordComponentShape;
import dev.godwit.types.RecordShape;
import dev.godwit.types.RecordShapes;
import dev.godwit.types.ScalaRecordShapes;
import dev.godwit.types.TypeCheck;
import dev.godwit.types.TypeRef;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds the codec of a Java type, and keeps it. Safe for use by several threads; keep one for as long as the classes are
 * loaded.
 */
public final class Codecs {
    private static final String REMEDY =
            "Take a type of the contract (boolean, long, double, String, byte[], BigDecimal,"
                    + " UUID, Instant, LocalDate, Duration, List, Set, Map, Optional, enum, record, sealed interface of records,"
                    + " File, Directory, Table, Json), or make it a record.";

    private final List<RecordShapes> shapes;
    private final Map<Class<?>, Codec<?>> scalars = new HashMap<>();
    private final Map<JavaType, Codec<?>> known = new ConcurrentHashMap<>();

    /**
     * Knows the records of these languages.
     *
     * @param shapes asked in order
     */
    public Codecs(List<RecordShapes> shapes) {
        this.shapes = List.copyOf(shapes);
        scalars.putAll(ScalarCodecs.all());
        scalars.putAll(TimeCodecs.all());
    }

    /**
     * Knows the records of Java, Kotlin and Scala, and those of languages found by {@link ServiceLoader}.
     *
     * @return new codecs, that know no class yet
     */
    public static Codecs standard() {
        List<RecordShapes> shapes = new ArrayList<>();
        shapes.add(new JavaRecordShapes());
        shapes.add(new KotlinRecordShapes());
        shapes.add(new ScalaRecordShapes());
        ServiceLoader.load(RecordShapes.class).forEach(shapes::add);
        return new Codecs(shapes);
    }

    /**
     * The codec of a class.
     *
     * @param type a class without parameters
     * @param <T> the class
     * @return its codec
     * @throws UnsupportedTypeException it has no type in the contract
     */
    @SuppressWarnings("unchecked") // the codec of a class translates its instances
    public <T> Codec<T> of(Class<T> type) {
        return (Codec<T>) of(JavaType.of(type));
    }

    /**
     * The codec of a type with parameters: {@code codecs.of(new TypeRef<List<Long>>() {})}.
     *
     * @param type the type
     * @param <T> the type
     * @return its codec
     * @throws UnsupportedTypeException it has no type in the contract
     */
    @SuppressWarnings("unchecked") // as above
    public <T> Codec<T> of(TypeRef<T> type) {
        return (Codec<T>) of(type.type());
    }

    /**
     * The codec of any type.
     *
     * @param type the type
     * @return its codec
     * @throws UnsupportedTypeException it has no type in the contract
     */
    public Codec<?> of(JavaType type) {
        return find(type, List.of());
    }

    /**
     * The codec of a record of any JVM language.
     *
     * @param type its class
     * @param <T> its class
     * @return its codec
     * @throws UnsupportedTypeException it is no record, or a component has no type in the contract
     */
    @SuppressWarnings("unchecked") // as above
    public <T> RecordCodec<T> record(Class<T> type) {
        if (of(type) instanceof RecordCodec<?> codec) {
            return (RecordCodec<T>) codec;
        }
        throw new UnsupportedTypeException(
                type.getName() + " is no record", "Make it a record, a data class or a case class.");
    }

    /**
     * The columns of a table of these rows.
     *
     * @param row a record
     * @return its components as columns, in order
     * @throws UnsupportedTypeException it is no record, or a component has no type in the contract
     */
    public List<TableColumn> columns(Class<?> row) {
        return record(row).fields().stream()
                .map(field -> TableColumn.newBuilder()
                        .setName(field.name())
                        .setType(field.codec().type())
                        .build())
                .toList();
    }

    /** The codec of a part of what is being made; {@code within} are the records around it. */
    Codec<?> find(JavaType type, List<Class<?>> within) {
        Codec<?> found = known.get(type);
        if (found == null) {
            found = make(type, within);
            known.put(type, found);
        }
        return found;
    }

    private Codec<?> make(JavaType type, List<Class<?>> within) {
        if (within.contains(type.raw())) {
            throw new UnsupportedTypeException(
                    type + " contains itself, and types of the contract do not", "Declare the inner one as Json.");
        }
        Optional<Codec<?>> wrapper = Wrappers.find(this, type, within);
        if (wrapper.isPresent()) {
            return wrapper.get();
        }
        Codec<?> plain = plain(type, within);
        return type.isNullable() && !type.raw().isPrimitive() ? nullable(plain) : plain;
    }

    private static <T> Codec<T> nullable(Codec<T> inner) {
        checkNullable(inner);
        return new NullableCodec<>(inner, new NullableCodec.Wrapping<>(value -> value, value -> value, null, true));
    }

    static void checkNullable(Codec<?> inner) {
        if (inner.type().getNullable()) {
            throw new UnsupportedTypeException("it may be none in two ways", "Say Optional once.");
        }
        if (inner.type().getSimple() == dev.godwit.idl.core.v1.SimpleType.SIMPLE_TYPE_JSON) {
            throw new UnsupportedTypeException("JSON has a null of its own", "Declare Json without Optional.");
        }
    }

    private Codec<?> plain(JavaType type, List<Class<?>> within) {
        Class<?> raw = type.raw();
        Codec<?> scalar = scalars.get(raw);
        if (scalar != null) {
            return scalar;
        }
        if (raw == File.class) {
            return BlobCodecs.file(format(type));
        }
        if (raw == Directory.class) {
            return BlobCodecs.directory(format(type));
        }
        if (raw == Table.class) {
            return BlobCodecs.table(
                    format(type),
                    type.annotation(Columns.class)
                            .map(of -> columns(of.value()))
                            .orElse(List.of()));
        }
        if (raw.isEnum()) {
            return new EnumCodec(raw);
        }
        Optional<Codec<?>> container = Containers.find(this, type, within);
        if (container.isPresent()) {
            return container.get();
        }
        for (RecordShapes language : shapes) {
            Optional<RecordShape> shape = language.find(type);
            if (shape.isPresent()) {
                return record(shape.get(), within);
            }
        }
        return Unions.find(this, type, within).orElseThrow(() -> unsupported(type));
    }

    private static UnsupportedTypeException unsupported(JavaType type) {
        return new UnsupportedTypeException(type + " has no type in the contract", REMEDY);
    }

    private static String format(JavaType type) {
        return type.annotation(Format.class).map(Format::value).orElse("");
    }

    private Codec<?> record(RecordShape shape, List<Class<?>> within) {
        List<Class<?>> deeper = new ArrayList<>(within);
        deeper.add(shape.type().raw());
        List<Field> fields = new ArrayList<>();
        for (RecordComponentShape component : shape.components()) {
            try {
                Codec<?> codec = find(component.type(), deeper);
                fields.add(new Field(
                        component.name(),
                        codec,
                        component.defaultValue().map(value -> literal(value, codec.type())),
                        component.description()));
            } catch (ValueMismatchException mismatch) {
                throw mismatch.within(shape.type().raw().getName() + "." + component.name() + " (default)");
            } catch (UnsupportedTypeException error) {
                throw error.within(
                        shape.type().raw().getName(),
                        component.name(),
                        component.type().toString());
            }
        }
        RecordCodec<?> codec = new RecordCodec<>(shape, fields);
        TypeCheck.check(codec.type()).ifPresent(problem -> {
            throw new UnsupportedTypeException(shape.type().raw().getName() + ": " + problem, REMEDY);
        });
        return codec;
    }

    private static Literal literal(Default said, Type type) {
        return said.none() ? ValueJson.none(type) : ValueJson.ofText(said.value(), type);
    }

    /** What an annotation of a wrapper means: its inside, but for what says only of the wrapper. */
    static JavaType inside(JavaType wrapper, int argument) {
        List<Annotation> handed = wrapper.annotations().stream()
                .filter(one -> one instanceof Format || one instanceof Columns || one instanceof ItemType)
                .toList();
        return wrapper.argument(argument).with(handed);
    }
}
