package dev.godwit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.godwit.castability.Castability;
import dev.godwit.digest.CacheKeys;
import dev.godwit.digest.CacheScope;
import dev.godwit.digest.DigestException;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.digest.TypeDigest;
import dev.godwit.idl.core.v1.Interface;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.json.JsonArray;
import dev.godwit.json.JsonBoolean;
import dev.godwit.json.JsonNull;
import dev.godwit.json.JsonNumber;
import dev.godwit.json.JsonObject;
import dev.godwit.json.JsonString;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every golden vector of the contract. */
class VectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("godwit.root", "../../.."), "conformance", "vectors");

    /** What a vector holds, by name. */
    private record Vector(Map<String, JsonValue> members) {
        String text(String name) {
            return ((JsonString) members.get(name)).value();
        }

        byte[] bytes(String name) {
            return HexFormat.of().parseHex(text(name));
        }

        List<Vector> vectors(String name) {
            return ((JsonArray) members.get(name))
                    .items().stream().map(Vector::of).toList();
        }

        boolean isError() {
            return new JsonBoolean(true).equals(members.get("error"));
        }

        <B extends Message.Builder> B message(String name, B builder) {
            try {
                JsonFormat.parser().merge(JsonText.write(withNegativeZero(members.get(name))), builder);
                return builder;
            } catch (InvalidProtocolBufferException error) {
                throw new AssertionError(error);
            }
        }

        /** Protobuf's parser reads -0.0 as 0.0, but this as -0.0. */
        private static JsonValue withNegativeZero(JsonValue value) {
            if (value instanceof JsonNumber number && number.text().equals("-0.0")) {
                return new JsonNumber("-1e-400");
            }
            if (value instanceof JsonArray array) {
                return new JsonArray(
                        array.items().stream().map(Vector::withNegativeZero).toList());
            }
            if (value instanceof JsonObject object) {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                object.members().forEach((name, inner) -> members.put(name, withNegativeZero(inner)));
                return new JsonObject(members);
            }
            return value;
        }

        Type type(String name) {
            return message(name, Type.newBuilder()).build();
        }

        static Vector of(JsonValue value) {
            return new Vector(((JsonObject) value).members());
        }
    }

    private static Stream<DynamicTest> each(String file, String part, Function<Vector, Map<String, Object>> compute) {
        List<DynamicTest> tests = new ArrayList<>();
        JsonValue parsed = read(file);
        JsonValue vectors =
                part.isEmpty() ? parsed : ((JsonObject) parsed).members().get(part);
        for (JsonValue item : ((JsonArray) vectors).items()) {
            Vector vector = Vector.of(item);
            tests.add(DynamicTest.dynamicTest(vector.text("name"), () -> check(vector, compute)));
        }
        assertFalse(tests.isEmpty());
        return tests.stream();
    }

    private static JsonValue read(String file) {
        try {
            return JsonText.parse(Files.readString(VECTORS.resolve(file)));
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }

    private static void check(Vector vector, Function<Vector, Map<String, Object>> compute) {
        if (vector.isError()) {
            assertThrows(DigestException.class, () -> compute.apply(vector));
            return;
        }
        compute.apply(vector).forEach((name, result) -> {
            String written = result instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : (String) result;
            if (!(vector.members().get(name) instanceof JsonNull)) {
                assertEquals(vector.text(name), written, name);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> digests() {
        return each("digest.json", "", vector -> {
            Literal literal = vector.message("literal", Literal.newBuilder()).build();
            byte[] digest = LiteralDigest.digest(literal);
            byte[] token = LiteralDigest.token(literal);
            boolean bare = literal.hasReference() && literal.getHash().isEmpty();
            return bare
                    ? Map.of("digest", digest, "token", token)
                    : Map.of("digest", digest, "token", token, "encoding", LiteralDigest.encode(literal));
        });
    }

    @TestFactory
    Stream<DynamicTest> types() {
        return each("types.json", "types", vector -> {
            Type type = vector.type("type");
            return Map.of("encoding", TypeDigest.encode(type), "digest", TypeDigest.digest(type));
        });
    }

    @TestFactory
    Stream<DynamicTest> interfaces() {
        return each("types.json", "interfaces", vector -> {
            Interface of = vector.message("interface", Interface.newBuilder()).build();
            return Map.of("digest", TypeDigest.digest(of));
        });
    }

    @TestFactory
    Stream<DynamicTest> inputs() {
        return each("cache_key.json", "inputs", vector -> {
            List<CacheKeys.Input> inputs = vector.vectors("inputs").stream()
                    .map(input -> new CacheKeys.Input(input.text("name"), input.bytes("digest")))
                    .toList();
            return Map.of("digest", CacheKeys.inputsDigest(inputs));
        });
    }

    @TestFactory
    Stream<DynamicTest> cacheKeys() {
        return each("cache_key.json", "keys", vector -> {
            CacheScope scope = new CacheScope(
                    vector.text("project"),
                    vector.text("domain"),
                    vector.text("task"),
                    vector.text("version"),
                    vector.text("salt"));
            return Map.of("key", CacheKeys.cacheKey(scope, vector.bytes("interface"), vector.bytes("inputs")));
        });
    }

    @TestFactory
    Stream<DynamicTest> casts() {
        return each(
                "cache_key.json",
                "casts",
                vector -> Map.of(
                        "cast",
                        CacheKeys.castDigest(vector.bytes("digest"), vector.type("source"), vector.type("target"))));
    }

    @TestFactory
    Stream<DynamicTest> folders() {
        return each("cache_key.json", "trees", vector -> {
            List<CacheKeys.Entry> entries = vector.vectors("entries").stream()
                    .map(entry -> new CacheKeys.Entry(entry.text("path"), entry.text("digest")))
                    .toList();
            return Map.of("digest", CacheKeys.treeDigest(entries));
        });
    }

    @TestFactory
    Stream<DynamicTest> castability() {
        return each("castability.json", "pairs", vector -> {
            String level = Castability.level(vector.type("source"), vector.type("target"))
                    .name();
            return Map.of("level", level.toLowerCase(Locale.ROOT));
        });
    }
}
