package dev.godwit.values;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.castability.Castability;
import dev.godwit.castability.Level;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.DataException;
import dev.godwit.errors.UnsupportedTypeException;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.json.JsonText;
import dev.godwit.json.ValueJson;
import dev.godwit.types.TypeRef;
import dev.godwit.types.TypeText;
import dev.godwit.values.Samples.Circle;
import dev.godwit.values.Samples.Color;
import dev.godwit.values.Samples.Color2;
import dev.godwit.values.Samples.Containers;
import dev.godwit.values.Samples.Count;
import dev.godwit.values.Samples.Hyperparameters;
import dev.godwit.values.Samples.Pair;
import dev.godwit.values.Samples.Point;
import dev.godwit.values.Samples.Scalars;
import dev.godwit.values.Samples.Shape;
import dev.godwit.values.Samples.Square;
import dev.godwit.values.Samples.Times;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecsTest {
    private final Codecs codecs = Codecs.standard();

    private <T> Literal there(Codec<T> codec, T value) {
        Literal literal = codec.write(value, Data.none());
        assertEquals(value, codec.read(literal, Data.none()));
        String json = ValueJson.toText(literal, codec.type());
        Literal again = ValueJson.fromJson(JsonText.parse(json), codec.type());
        assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(again), json);
        return literal;
    }

    private static void assertMismatch(String path, ValueMismatchException error) {
        assertEquals(path, error.path());
        assertEquals("VALUE_MISMATCH", error.code());
    }

    @Test
    void scalarsComeBack() {
        there(
                codecs.of(Scalars.class),
                new Scalars(
                        true,
                        Long.MIN_VALUE,
                        -7,
                        (short) 7,
                        (byte) -1,
                        -0.0,
                        0.5f,
                        "é\uD83D\uDE00",
                        new BigDecimal("1.00"),
                        UUID.fromString("00000000-0000-0000-0000-000000000001"),
                        new Json("{\"a\":[1,1.0]}")));
    }

    @Test
    void timesComeBack() {
        Instant instant = Instant.parse("2024-10-27T01:30:00.000000001Z");
        Literal literal = there(
                codecs.of(Times.class),
                new Times(
                        instant,
                        instant.atOffset(ZoneOffset.ofHoursMinutes(-3, -30)),
                        instant.atZone(ZoneId.of("Europe/Berlin")),
                        LocalDateTime.of(1, 1, 1, 0, 0),
                        LocalDate.of(9999, 12, 31),
                        Duration.ofNanos(-1)));
        Literal length = literal.getRecord().getFields(5).getValue();
        assertEquals(-1, length.getDuration().getNanos());
    }

    @Test
    void utcHasOffsetZeroAndNoZone() {
        Codec<ZonedDateTime> codec = codecs.of(ZonedDateTime.class);
        for (String name : List.of("UTC", "Z", "UTC+00:00")) {
            Literal literal = codec.write(Instant.EPOCH.atZone(ZoneId.of(name)), Data.none());
            assertEquals("", literal.getDatetime().getZone());
            assertTrue(literal.getDatetime().hasOffsetSeconds());
        }
    }

    @Test
    void aLocalDatetimeIsNoInstant() {
        Literal local = codecs.of(LocalDateTime.class).write(LocalDateTime.MIN.withYear(1), Data.none());
        assertThrows(
                ValueMismatchException.class, () -> codecs.of(Instant.class).read(local, Data.none()));
        Literal instant = codecs.of(OffsetDateTime.class).write(OffsetDateTime.parse("2024-01-01T00:00Z"), Data.none());
        assertThrows(
                ValueMismatchException.class,
                () -> codecs.of(LocalDateTime.class).read(instant, Data.none()));
    }

    @Test
    void containersComeBack() {
        Map<String, Point> points = new LinkedHashMap<>();
        points.put("b", new Point(1, "x"));
        points.put("a", new Point(2, "y"));
        Literal literal = there(
                codecs.of(Containers.class),
                new Containers(
                        List.of(1L, 2L),
                        List.of(Double.NaN, -0.0),
                        List.of(List.of(), List.of("a")),
                        Set.of("x", "yy", "z"),
                        points,
                        Map.of(new Point(1, "k"), new Circle(2), new Point(0, "k"), new Square(1)),
                        Optional.of(1L),
                        OptionalLong.empty(),
                        List.of(Optional.of(1L), Optional.empty()),
                        null,
                        new Pair<>(1L, List.of(new Count(3), Color2.ONE))));
        assertTrue(literal.getRecord().getFields(0).getValue().hasInts());
        assertTrue(literal.getRecord().getFields(1).getValue().hasFloats());
        assertEquals(
                "b",
                literal.getRecord()
                        .getFields(4)
                        .getValue()
                        .getMap()
                        .getEntries(0)
                        .getKey()
                        .getStringValue());
        assertTrue(literal.getRecord().getFields(9).getValue().hasNone());
    }

    @Test
    void arraysAreLists() {
        long[] numbers = {1, 2};
        assertArrayEquals(
                numbers,
                codecs.of(long[].class).read(codecs.of(long[].class).write(numbers, Data.none()), Data.none()));
        String[] texts = {"a"};
        assertArrayEquals(
                texts,
                codecs.of(String[].class).read(codecs.of(String[].class).write(texts, Data.none()), Data.none()));
    }

    @Test
    void unionsHaveTagsInTheOrderOfTheInterface() {
        Type type = codecs.of(Shape.class).type();
        assertEquals(
                List.of("Circle", "box", "Color2", "int"),
                type.getUnion().getMembersList().stream()
                        .map(one -> one.getTag())
                        .toList());
        assertEquals("Circle | Square | Color2 | int", TypeText.render(type));
        there(codecs.of(Shape.class), new Count(3));
    }

    @Test
    void anEnumIsItsNames() {
        Literal literal = there(codecs.of(Color.class), Color.GREEN);
        assertEquals("GREEN", literal.getStringValue());
    }

    @Test
    void aRecordHasDocsAndDefaults() {
        RecordCodec<Hyperparameters> codec = codecs.record(Hyperparameters.class);
        assertEquals("How to train.", codec.type().getRecord().getDescription());
        assertEquals("Step size.", codec.type().getRecord().getFields(0).getDescription());
        Hyperparameters made = codec.readNamed(List.of(), Data.none());
        assertEquals(
                new Hyperparameters(
                        0.1,
                        3,
                        Color.RED,
                        List.of(1L, 2L),
                        Duration.ofMinutes(90),
                        new BigDecimal("1.50"),
                        Optional.empty(),
                        "plain"),
                made);
    }

    @Test
    void aHashTravelsWithItsValue() {
        Codec<Hashed<List<Long>>> codec = codecs.of(new TypeRef<Hashed<List<Long>>>() {});
        assertEquals("list<int>", TypeText.render(codec.type()));
        there(codec, new Hashed<>(List.of(1L), "mine"));
    }

    @Test
    void whatDoesNotFitSaysWhere() {
        Containers wrong = new Containers(
                Arrays.asList(1L, null),
                List.of(),
                List.of(),
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty(),
                OptionalLong.empty(),
                List.of(),
                null,
                new Pair<>(1L, List.of()));
        Codec<Containers> codec = codecs.of(Containers.class);
        assertMismatch("ints[1]", assertThrows(ValueMismatchException.class, () -> codec.write(wrong, Data.none())));
        Literal wide = Literal.newBuilder().setIntValue(1L << 40).build();
        assertMismatch(
                "",
                assertThrows(
                        ValueMismatchException.class, () -> codecs.of(int.class).read(wide, Data.none())));
        assertMismatch(
                "",
                assertThrows(
                        ValueMismatchException.class,
                        () -> codecs.of(String.class).write("\uD800", Data.none())));
    }

    private record Threads(List<Thread> pool) {}

    private record Recursive(List<Recursive> children) {}

    private record RawList(@SuppressWarnings("rawtypes") List items) {}

    private record BadDefault(
            @dev.godwit.types.Default("many") long count) {}

    private record FloatKeys(Map<Double, String> names) {}

    private void assertUnsupported(Class<?> type, String... words) {
        UnsupportedTypeException error = assertThrows(UnsupportedTypeException.class, () -> codecs.of(type));
        assertEquals("UNSUPPORTED_TYPE", error.code());
        Arrays.stream(words).forEach(word -> assertTrue(error.getMessage().contains(word), error.getMessage()));
        assertTrue(!error.hint().isEmpty());
    }

    @Test
    void whatHasNoTypeSaysWhichComponentItIs() {
        assertUnsupported(Threads.class, "Threads", "pool", "List<Thread>");
        assertUnsupported(Recursive.class, "children", "contains itself");
        assertUnsupported(RawList.class, "items");
        assertUnsupported(FloatKeys.class, "FloatKeys", "float");
        assertUnsupported(Object.class, "Object");
        ValueMismatchException error = assertThrows(ValueMismatchException.class, () -> codecs.of(BadDefault.class));
        assertTrue(error.getMessage().contains("BadDefault.count"), error.getMessage());
    }

    @Test
    void largeValuesAreReadFromWhereTheyAre(@TempDir Path folder) throws IOException {
        LocalData data = new LocalData(folder);
        Codec<List<Long>> codec = codecs.of(new TypeRef<List<Long>>() {});
        List<Long> numbers = LongStream.range(0, 30_000).boxed().toList();
        Literal inline = codec.write(numbers, data);
        Literal offloaded = Offloading.offload(inline, codec.type(), data, "numbers");
        assertEquals(30_000, offloaded.getReference().getItemCount());
        assertArrayEquals(LiteralDigest.digest(inline), LiteralDigest.digest(offloaded));
        assertEquals(numbers, codec.read(offloaded, data));
        Codec<List<Double>> floats = codecs.of(new TypeRef<List<Double>>() {});
        assertEquals(29_999.0, floats.read(offloaded, data).get(29_999));

        Path stored = LocalData.path(offloaded.getReference().getUri());
        byte[] bytes = Files.readAllBytes(stored);
        bytes[3]++;
        Files.write(stored, bytes);
        assertEquals(
                "DATA_CORRUPT",
                assertThrows(DataException.class, () -> codec.read(offloaded, data))
                        .code());
    }

    @Test
    void shortValuesAreNeverOffloaded(@TempDir Path folder) {
        Literal number = Literal.newBuilder().setIntValue(1).build();
        Type type = Type.newBuilder().setSimple(SimpleType.SIMPLE_TYPE_INT).build();
        assertEquals(number, Offloading.offload(number, type, new LocalData(folder), "x"));
    }

    @Test
    void filesFoldersAndTablesAreStoredOnce(@TempDir Path folder) throws IOException {
        Path csv = Files.writeString(folder.resolve("rows.csv"), "a,b\n");
        Path sub = Files.createDirectories(folder.resolve("model/deep"));
        Files.writeString(sub.resolve("weights"), "1");
        LocalData data = new LocalData(folder.resolve("kept"));
        Codec<Samples.Blobs> codec = codecs.of(Samples.Blobs.class);
        Samples.Blobs blobs = new Samples.Blobs(
                File.of(csv),
                Directory.of(folder.resolve("model")),
                Table.of(csv, "parquet").withRowCount(0));
        Literal literal = codec.write(blobs, data);
        Literal file = literal.getRecord().getFields(0).getValue();
        assertEquals("rows.csv", file.getFile().getName());
        assertEquals("csv", file.getFile().getFormat());
        assertEquals(4, file.getFile().getSizeBytes());
        assertEquals(
                List.of("name", "age"),
                literal.getRecord().getFields(2).getValue().getTable().getColumnsList().stream()
                        .map(column -> column.getName())
                        .toList());
        assertEquals(
                1, literal.getRecord().getFields(1).getValue().getDirectory().getFileCount());
        Samples.Blobs read = codec.read(literal, data);
        assertEquals("a,b\n", read.file().readText());
        assertEquals("1", Files.readString(read.directory().path().resolve("deep/weights")));
        assertEquals(literal, codec.write(read, data));
        assertTrue(ValueJson.toText(literal, codec.type()).contains("rows.csv"));
    }

    @Test
    void constantsKeepNoFiles() {
        DataException error = assertThrows(
                DataException.class, () -> codecs.of(File.class).write(File.of(Path.of("x")), Data.none()));
        assertEquals("DATA_UNAVAILABLE", error.code());
    }

    @Test
    void equalValuesAreEqualBytes() {
        Codec<Map<String, Long>> codec = codecs.of(new TypeRef<Map<String, Long>>() {});
        Map<String, Long> one = Map.of("a", 1L, "b", 2L, "c", 3L);
        List<String> names = new ArrayList<>(one.keySet());
        java.util.Collections.reverse(names);
        Map<String, Long> other = new java.util.HashMap<>(64);
        names.forEach(name -> other.put(name, one.get(name)));
        assertEquals(codec.write(one, Data.none()), codec.write(other, Data.none()));
    }

    @Test
    void typesCastAsTheTableSays() {
        assertEquals(
                Level.CHECKED,
                Castability.level(
                        codecs.of(long.class).type(), codecs.of(double.class).type()));
    }
}
