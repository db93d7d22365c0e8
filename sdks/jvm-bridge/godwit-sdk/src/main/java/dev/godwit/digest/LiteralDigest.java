package dev.godwit.digest;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.godwit.idl.core.v1.DateTime;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonTextException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The digest of a value: the same inline, packed and offloaded, in every language. */
public final class LiteralDigest {
    /** Length of a digest. */
    public static final int BYTES = 32;

    /** Longest encoding that stands for itself inside another; a longer one is replaced by its digest. */
    public static final int MAX_TOKEN_BYTES = 64;

    private static final String TAG = "godwit.literal.v1";

    private LiteralDigest() {}

    /**
     * The digest of a value.
     *
     * @param literal the value
     * @return 32 bytes
     * @throws DigestException the literal has no digest
     */
    public static byte[] digest(Literal literal) {
        Optional<byte[]> held = held(literal);
        return held.isPresent() ? held.get() : Encoder.sha256(TAG, encode(literal));
    }

    /**
     * The encoding of a value.
     *
     * @param literal the value; not a reference without a hash, which has none
     * @return its bytes
     * @throws DigestException the literal has no encoding
     */
    public static byte[] encode(Literal literal) {
        if (!literal.getHash().isEmpty() && literal.getKindCase() != Literal.KindCase.KIND_NOT_SET) {
            return new Encoder().tag('h').text(literal.getHash()).made();
        }
        return fill(new Encoder(), literal).made();
    }

    /**
     * What stands for a value inside the encoding of another.
     *
     * @param literal the value
     * @return its bytes: two values are equal if, and only if, these are
     * @throws DigestException the literal has no digest
     */
    public static byte[] token(Literal literal) {
        Optional<byte[]> held = held(literal);
        if (held.isPresent()) {
            return new Encoder().tag('#').bytes(held.get()).made();
        }
        byte[] encoded = encode(literal);
        if (encoded.length <= MAX_TOKEN_BYTES) {
            return encoded;
        }
        return new Encoder().tag('#').bytes(Encoder.sha256(TAG, encoded)).made();
    }

    /** The digest that a reference without a hash holds. */
    private static Optional<byte[]> held(Literal literal) {
        if (!literal.hasReference() || !literal.getHash().isEmpty()) {
            return Optional.empty();
        }
        ByteString digest = literal.getReference().getDigest();
        if (digest.size() != BYTES) {
            throw new DigestException("a reference with a digest of " + digest.size() + " bytes");
        }
        return Optional.of(digest.toByteArray());
    }

    private static Encoder fill(Encoder to, Literal of) {
        return switch (of.getKindCase()) {
            case NONE -> to.tag('n');
            case BOOL_VALUE -> to.tag('b').u8(of.getBoolValue() ? 1 : 0);
            case INT_VALUE -> to.tag('i').i64(of.getIntValue());
            case FLOAT_VALUE -> to.tag('f').binary64(of.getFloatValue());
            case DECIMAL -> to.tag('d').text(decimal(of.getDecimal()));
            case STRING_VALUE -> to.tag('s').text(of.getStringValue());
            case BYTES_VALUE -> to.tag('y').raw(of.getBytesValue().toByteArray());
            case DATE -> to.tag('D').text(demanded(Scalars.isDate(of.getDate()), of.getDate(), "date"));
            case DATETIME -> datetime(to.tag('t'), of.getDatetime());
            case DURATION -> duration(to.tag('u'), of.getDuration());
            case UUID -> uuid(to.tag('U'), of.getUuid());
            case JSON -> json(to.tag('j'), of.getJson());
            case ERROR -> error(to.tag('e'), of.getError());
            case LIST -> to.tag('l').counted(tokens(of.getList().getItemsList()));
            case INTS -> ints(to.tag('l'), of.getInts().getItemsList());
            case FLOATS -> floats(to.tag('l'), of.getFloats().getItemsList());
            case SET -> set(to.tag('S'), of.getSet().getItemsList());
            case MAP -> map(to.tag('m'), of.getMap().getEntriesList());
            case RECORD -> record(to.tag('r'), of.getRecord().getFieldsList());
            case UNION ->
                to.tag('|')
                        .text(of.getUnion().getTag())
                        .bytes(token(of.getUnion().getValue()));
            case FILE ->
                place(
                        to.tag('F')
                                .text(of.getFile().getFormat())
                                .text(of.getFile().getName()),
                        of.getFile().getDigest(),
                        of.getFile().getUri());
            case DIRECTORY ->
                place(
                        to.tag('P').text(of.getDirectory().getFormat()),
                        of.getDirectory().getDigest(),
                        of.getDirectory().getUri());
            case TABLE ->
                place(
                        to.tag('T').text(of.getTable().getFormat()),
                        of.getTable().getDigest(),
                        of.getTable().getUri());
            case REFERENCE -> throw new DigestException("a reference has no encoding");
            case KIND_NOT_SET -> throw new DigestException("a literal without a known kind");
        };
    }

    private static String demanded(boolean holds, String text, String what) {
        if (!holds) {
            throw new DigestException("no " + what + ": " + JsonText.quote(text));
        }
        return text;
    }

    private static String decimal(String text) {
        return Scalars.withoutSignOfZero(demanded(Scalars.isDecimal(text), text, "decimal in the one form"));
    }

    private static Encoder datetime(Encoder to, DateTime value) {
        if (!Scalars.isDatetime(value)) {
            throw new DigestException("a datetime out of range, or with a zone and no offset");
        }
        to.i64(value.getTime().getSeconds()).i32(value.getTime().getNanos());
        if (value.hasOffsetSeconds()) {
            to.u8(1).i32(value.getOffsetSeconds());
        } else {
            to.u8(0);
        }
        return to.text(value.getZone());
    }

    private static Encoder duration(Encoder to, Duration value) {
        if (!Scalars.isDuration(value)) {
            throw new DigestException("a duration out of range, or with parts of two signs");
        }
        int nanos = value.getNanos();
        return nanos < 0
                ? to.i64(value.getSeconds() - 1).i32(nanos + 1_000_000_000)
                : to.i64(value.getSeconds()).i32(nanos);
    }

    private static Encoder uuid(Encoder to, String text) {
        demanded(Scalars.isUuid(text), text, "UUID");
        String digits = text.replace("-", "");
        return to.i64(Long.parseUnsignedLong(digits.substring(0, 16), 16))
                .i64(Long.parseUnsignedLong(digits.substring(16), 16));
    }

    private static Encoder json(Encoder to, String text) {
        try {
            return JsonEncoding.fill(to, JsonText.parse(text));
        } catch (JsonTextException error) {
            throw new DigestException(error.getMessage());
        }
    }

    private static Encoder error(Encoder to, ExecutionError value) {
        if (!Scalars.saysBlame(value) || !Scalars.saysRetry(value)) {
            throw new DigestException("an error without a known blame or retry");
        }
        return to.text(value.getCode())
                .text(value.getMessage())
                .u8(value.getBlameValue())
                .u8(value.getRetryValue())
                .text(value.getNodePath());
    }

    private static List<byte[]> tokens(List<Literal> items) {
        List<byte[]> tokens = new ArrayList<>(items.size());
        items.forEach(item -> tokens.add(token(item)));
        return tokens;
    }

    private static Encoder ints(Encoder to, List<Long> items) {
        to.i64(items.size());
        items.forEach(item -> to.tag('i').i64(item));
        return to;
    }

    private static Encoder floats(Encoder to, List<Double> items) {
        to.i64(items.size());
        items.forEach(item -> to.tag('f').binary64(item));
        return to;
    }

    private static Encoder set(Encoder to, List<Literal> items) {
        List<byte[]> tokens = tokens(items);
        tokens.sort(Arrays::compareUnsigned);
        for (int i = 1; i < tokens.size(); i++) {
            if (Arrays.equals(tokens.get(i - 1), tokens.get(i))) {
                throw new DigestException("two equal elements of a set");
            }
        }
        return to.counted(tokens);
    }

    private static Encoder map(Encoder to, List<MapEntry> entries) {
        KeyedPieces pieces = new KeyedPieces("key");
        entries.forEach(entry -> pieces.add(token(entry.getKey()), token(entry.getValue())));
        return pieces.into(to);
    }

    private static Encoder record(Encoder to, List<NamedLiteral> fields) {
        KeyedPieces pieces = new KeyedPieces("field");
        fields.forEach(field -> pieces.add(field.getName(), token(field.getValue())));
        return pieces.into(to);
    }

    private static Encoder place(Encoder to, String digest, String uri) {
        if (!digest.isEmpty()) {
            return to.tag('c').text(demanded(Scalars.isContentDigest(digest), digest, "digest of content"));
        }
        if (uri.isEmpty()) {
            throw new DigestException("neither digest nor uri");
        }
        return to.tag('u').text(uri);
    }
}
