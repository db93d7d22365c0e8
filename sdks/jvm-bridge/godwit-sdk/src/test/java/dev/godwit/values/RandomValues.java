package dev.godwit.values;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.idl.core.v1.*;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Types and values, drawn by a seed. */
final class RandomValues {
    private static final List<SimpleType> SIMPLE = List.of(
            SimpleType.SIMPLE_TYPE_BOOL,
            SimpleType.SIMPLE_TYPE_INT,
            SimpleType.SIMPLE_TYPE_STRING,
            SimpleType.SIMPLE_TYPE_BYTES,
            SimpleType.SIMPLE_TYPE_DECIMAL,
            SimpleType.SIMPLE_TYPE_DATE,
            SimpleType.SIMPLE_TYPE_DATETIME,
            SimpleType.SIMPLE_TYPE_DURATION,
            SimpleType.SIMPLE_TYPE_UUID,
            SimpleType.SIMPLE_TYPE_FLOAT,
            SimpleType.SIMPLE_TYPE_JSON,
            SimpleType.SIMPLE_TYPE_ERROR);
    private static final int KEYS = 9;
    private static final List<String> TEXTS = List.of(
            "", "a", "é", "e\u0301", "\uD83D\uDE00", "@json", "@hash", "@value", "tag", "value", "x".repeat(70));
    private static final List<String> JSON = List.of(
            "null",
            "{\"@json\":1}",
            "{\"@reference\":{}}",
            "[1,1.0,-0.0]",
            "{\"b\":\"\\u0000\",\"a\":[]}",
            "12345678901234567890");
    private static final double[] FLOATS = {0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, 1e300, 5e-324, 1, 1e22};

    private final Random random;

    RandomValues(long seed) {
        random = new Random(seed);
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Type simple(int bound) {
        return Type.newBuilder().setSimple(SIMPLE.get(random.nextInt(bound))).build();
    }

    Type type(int depth) {
        Type bare = bare(depth);
        boolean json = bare.getSimple() == SimpleType.SIMPLE_TYPE_JSON;
        return !json && random.nextInt(4) == 0
                ? bare.toBuilder().setNullable(true).build()
                : bare;
    }

    private Type bare(int depth) {
        int kind = depth == 0 ? random.nextInt(3) : random.nextInt(12);
        Type.Builder type = Type.newBuilder();
        return switch (kind) {
            case 3, 4 ->
                type.setList(ListType.newBuilder().setItem(type(depth - 1))).build();
            case 5 -> type.setSet(SetType.newBuilder().setItem(key())).build();
            case 6 ->
                type.setMap(MapType.newBuilder().setKey(key()).setValue(type(depth - 1)))
                        .build();
            case 7 ->
                type.setTuple(TupleType.newBuilder().addItems(type(depth - 1)).addItems(type(depth - 1)))
                        .build();
            case 8 ->
                type.setEnum(EnumType.newBuilder().setName("E").addSymbols("A").addSymbols("b"))
                        .build();
            case 9 ->
                type.setFile(FileType.newBuilder().setFormat(random.nextBoolean() ? "" : "csv"))
                        .build();
            case 10 -> {
                RecordType.Builder record = RecordType.newBuilder().setName("R");
                for (int i = random.nextInt(4); i > 0; i--) {
                    record.addFields(RecordField.newBuilder().setName("f" + i).setType(type(depth - 1)));
                }
                yield type.setRecord(record).build();
            }
            case 11 -> {
                UnionType.Builder union = UnionType.newBuilder();
                for (String tag : List.of("one", "two")) {
                    Type member = bare(depth - 1);
                    union.addMembers(UnionMember.newBuilder()
                            .setTag(tag)
                            .setType(member.hasUnion() ? simple(SIMPLE.size()) : member));
                }
                yield type.setUnion(union).build();
            }
            default -> simple(SIMPLE.size());
        };
    }

    private Type key() {
        return simple(KEYS);
    }

    Literal value(Type of) {
        Literal.Builder to = Literal.newBuilder();
        if (of.getNullable() && random.nextInt(3) == 0) {
            return to.setNone(NoneValue.getDefaultInstance()).build();
        }
        if (random.nextInt(20) == 0) {
            to.setHash("mine");
        }
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(to, of.getSimple());
            case LIST ->
                to.setList(ListLiteral.newBuilder()
                                .addAllItems(java.util.stream.Stream.generate(
                                                () -> value(of.getList().getItem()))
                                        .limit(random.nextInt(5))
                                        .toList()))
                        .build();
            case TUPLE ->
                to.setList(ListLiteral.newBuilder()
                                .addAllItems(of.getTuple().getItemsList().stream()
                                        .map(this::value)
                                        .toList()))
                        .build();
            case SET -> {
                ListLiteral.Builder set = ListLiteral.newBuilder();
                distinct(of.getSet().getItem()).forEach(set::addItems);
                yield to.setSet(set).build();
            }
            case MAP -> {
                MapLiteral.Builder map = MapLiteral.newBuilder();
                for (Literal key : distinct(of.getMap().getKey())) {
                    map.addEntries(MapEntry.newBuilder()
                            .setKey(key)
                            .setValue(value(of.getMap().getValue())));
                }
                yield to.setMap(map).build();
            }
            case ENUM -> to.setStringValue(one(of.getEnum().getSymbolsList())).build();
            case RECORD -> {
                RecordLiteral.Builder record = RecordLiteral.newBuilder();
                for (RecordField field : of.getRecord().getFieldsList()) {
                    record.addFields(
                            NamedLiteral.newBuilder().setName(field.getName()).setValue(value(field.getType())));
                }
                yield to.setRecord(record).build();
            }
            case UNION -> {
                UnionMember member = one(of.getUnion().getMembersList());
                yield to.setUnion(UnionLiteral.newBuilder()
                                .setTag(member.getTag())
                                .setValue(value(member.getType())))
                        .build();
            }
            case FILE ->
                to.setFile(FileLiteral.newBuilder()
                                .setUri("s3://bucket/key")
                                .setName(random.nextBoolean() ? "" : "n")
                                .setFormat(of.getFile().getFormat())
                                .setSizeBytes(random.nextInt(9)))
                        .build();
            default -> throw new IllegalStateException("not drawn: " + of);
        };
    }

    private List<Literal> distinct(Type of) {
        Set<ByteBuffer> seen = new HashSet<>();
        return java.util.stream.Stream.generate(() -> value(of))
                .limit(random.nextInt(5))
                .filter(literal -> seen.add(ByteBuffer.wrap(LiteralDigest.token(literal))))
                .toList();
    }

    private Literal simple(Literal.Builder to, SimpleType of) {
        return switch (of) {
            case SIMPLE_TYPE_BOOL -> to.setBoolValue(random.nextBoolean()).build();
            case SIMPLE_TYPE_INT ->
                to.setIntValue(random.nextBoolean() ? random.nextLong() : random.nextInt(3) - 1)
                        .build();
            case SIMPLE_TYPE_FLOAT ->
                to.setFloatValue(random.nextBoolean() ? FLOATS[random.nextInt(FLOATS.length)] : random.nextGaussian())
                        .build();
            case SIMPLE_TYPE_STRING -> to.setStringValue(one(TEXTS)).build();
            case SIMPLE_TYPE_BYTES -> {
                byte[] bytes = new byte[random.nextInt(70)];
                random.nextBytes(bytes);
                yield to.setBytesValue(ByteString.copyFrom(bytes)).build();
            }
            case SIMPLE_TYPE_DECIMAL ->
                to.setDecimal(new BigDecimal(new BigInteger(random.nextInt(90), random), random.nextInt(60) - 30)
                                .toString())
                        .build();
            case SIMPLE_TYPE_DATE ->
                to.setDate(java.time.LocalDate.of(1 + random.nextInt(9999), 1, 1 + random.nextInt(31))
                                .toString())
                        .build();
            case SIMPLE_TYPE_DATETIME -> datetime(to);
            case SIMPLE_TYPE_DURATION -> {
                int sign = random.nextBoolean() ? 1 : -1;
                yield to.setDuration(Duration.newBuilder()
                                .setSeconds(sign * (long) random.nextInt(1000))
                                .setNanos(sign * random.nextInt(1_000_000_000)))
                        .build();
            }
            case SIMPLE_TYPE_UUID ->
                to.setUuid(new UUID(random.nextLong(), random.nextLong()).toString())
                        .build();
            case SIMPLE_TYPE_JSON -> to.setJson(one(JSON)).build();
            default ->
                to.setError(ExecutionError.newBuilder()
                                .setCode("BOOM")
                                .setMessage(one(TEXTS) + "!")
                                .setBlame(Blame.BLAME_USER)
                                .setRetry(Retry.RETRY_ALLOWED))
                        .build();
        };
    }

    private Literal datetime(Literal.Builder to) {
        DateTime.Builder made = DateTime.newBuilder()
                .setTime(Timestamp.newBuilder()
                        .setSeconds(random.nextInt())
                        .setNanos(random.nextBoolean() ? 0 : random.nextInt(1_000_000) * 1000));
        switch (random.nextInt(3)) {
            case 0 -> made.setOffsetSeconds(random.nextInt(2 * 64_800) - 64_800);
            case 1 -> made.setOffsetSeconds(3600).setZone("Europe/Berlin");
            default -> {}
        }
        return to.setDatetime(made).build();
    }

    /** The same value with its lists of numbers packed, or unpacked. */
    Literal packedOtherwise(Literal literal) {
        List<Literal> items = literal.getList().getItemsList();
        boolean ints = items.stream()
                .allMatch(item -> item.hasIntValue() && item.getHash().isEmpty());
        if (!literal.hasList() || items.isEmpty() || !ints) {
            return literal;
        }
        PackedInts.Builder packed = PackedInts.newBuilder();
        items.forEach(item -> packed.addItems(item.getIntValue()));
        return literal.toBuilder().setInts(packed).build();
    }
}
