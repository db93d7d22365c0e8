package dev.godwit.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.godwit.castability.Castability;
import dev.godwit.castability.Coercion;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.conformance.v1.CastLevel;
import dev.godwit.idl.conformance.v1.Castable;
import dev.godwit.idl.conformance.v1.Convert;
import dev.godwit.idl.conformance.v1.Hello;
import dev.godwit.idl.conformance.v1.Level;
import dev.godwit.idl.conformance.v1.Refusal;
import dev.godwit.idl.conformance.v1.Request;
import dev.godwit.idl.conformance.v1.Response;
import dev.godwit.idl.conformance.v1.RoundTripLiteral;
import dev.godwit.idl.conformance.v1.RoundTripType;
import dev.godwit.idl.conformance.v1.SdkInfo;
import dev.godwit.idl.conformance.v1.Unsupported;
import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.TypeCheck;
import dev.godwit.values.Codec;
import dev.godwit.values.Data;
import dev.godwit.values.LocalData;
import dev.godwit.values.Offloading;
import java.util.List;

/** What the SDK of the JVM answers to each request. */
final class Answers {
    private static final int PROTOCOL_VERSION = 1;
    private static final List<Level> LEVELS = List.of(
            Level.LEVEL_WIRE,
            Level.LEVEL_SPEC,
            Level.LEVEL_DIGEST,
            Level.LEVEL_CASTABILITY,
            Level.LEVEL_RUNTIME,
            Level.LEVEL_ENGINE);

    private final JavaCompilation compilation = new JavaCompilation();
    private final DeclaredTypes declared = new DeclaredTypes(compilation);

    /**
     * The answer to a request, without its id.
     *
     * @param request the request
     * @return an answer, a refusal or unsupported
     */
    Response.Builder to(Request request) {
        try {
            return answer(request);
        } catch (UnsupportedRequest error) {
            return Response.newBuilder().setUnsupported(Unsupported.newBuilder().setMessage(error.getMessage()));
        } catch (GodwitException error) {
            return refusal(error.code(), error.getMessage());
        } catch (InvalidProtocolBufferException error) {
            return refusal("UNREADABLE", error.getMessage());
        }
    }

    private Response.Builder answer(Request request) throws InvalidProtocolBufferException {
        return switch (request.getKindCase()) {
            case HELLO -> hello(request.getHello());
            case SERIALIZE_SCENARIO ->
                Response.newBuilder()
                        .setBundle(
                                Scenarios.bundle(request.getSerializeScenario().getName())
                                        .toByteString());
            case ROUND_TRIP_LITERAL -> roundTrip(request.getRoundTripLiteral());
            case ROUND_TRIP_TYPE -> roundTrip(request.getRoundTripType());
            case DIGEST -> digest(DigestAnswers.digest(request.getDigest()));
            case CACHE_KEY -> digest(DigestAnswers.cacheKey(request.getCacheKey()));
            case CASTABLE -> castable(request.getCastable());
            case CONVERT -> convert(request.getConvert());
            case DESCRIBE_TASK ->
                Response.newBuilder()
                        .setTask(RuntimeTasks.describe(request.getDescribeTask().getName()));
            case AUTHOR_WORKFLOW ->
                Response.newBuilder()
                        .setBundle(AuthoredWorkflows.authored(
                                        Bundle.parseFrom(
                                                request.getAuthorWorkflow().getBundle()),
                                        compilation)
                                .toByteString());
            default -> throw new UnsupportedRequest("requests of kind " + request.getKindCase());
        };
    }

    private static Response.Builder hello(Hello request) {
        if (request.getProtocolVersion() != PROTOCOL_VERSION) {
            return refusal(
                    "PROTOCOL_VERSION",
                    "version " + PROTOCOL_VERSION + " is spoken, not " + request.getProtocolVersion());
        }
        return Response.newBuilder()
                .setSdk(SdkInfo.newBuilder()
                        .setName("dev.godwit.sdk")
                        .setVersion("0.1.0")
                        .addLanguages("java " + Runtime.version())
                        .addAllLevels(LEVELS));
    }

    private Response.Builder roundTrip(RoundTripType request) throws InvalidProtocolBufferException {
        Type of = checked(request.getType());
        return Response.newBuilder()
                .setType(declared.codec(of, Moments.ANY).type().toByteString());
    }

    private Response.Builder roundTrip(RoundTripLiteral request) throws InvalidProtocolBufferException {
        Type of = checked(request.getType());
        Literal literal = Literal.parseFrom(request.getLiteral());
        Data data = new LocalData(LocalData.path(request.getOutputPrefix()));
        return Response.newBuilder()
                .setLiteral(again(declared.codec(of, Moments.of(literal)), literal, data)
                        .toByteString());
    }

    private static <T> Literal again(Codec<T> codec, Literal literal, Data data) {
        Literal written = codec.write(codec.read(literal, data), data);
        return written.getSerializedSize() > Offloading.INLINE_LIMIT_BYTES
                ? Offloading.offload(written, codec.type(), data, "value")
                : written;
    }

    private static Type checked(ByteString encoded) throws InvalidProtocolBufferException {
        Type of = Type.parseFrom(encoded);
        TypeCheck.check(of).ifPresent(problem -> {
            throw new GodwitException("INVALID_TYPE", problem, "");
        });
        return of;
    }

    private static Response.Builder digest(ByteString digest) {
        return Response.newBuilder().setDigest(digest);
    }

    private static Response.Builder castable(Castable request) throws InvalidProtocolBufferException {
        dev.godwit.castability.Level level =
                Castability.level(Type.parseFrom(request.getSource()), Type.parseFrom(request.getTarget()));
        return Response.newBuilder().setCastLevel(CastLevel.valueOf("CAST_LEVEL_" + level.name()));
    }

    private static Response.Builder convert(Convert request) throws InvalidProtocolBufferException {
        Literal converted = Coercion.coerce(
                Literal.parseFrom(request.getLiteral()),
                Type.parseFrom(request.getSource()),
                Type.parseFrom(request.getTarget()));
        return Response.newBuilder().setLiteral(converted.toByteString());
    }

    private static Response.Builder refusal(String code, String message) {
        String said = message == null || message.isEmpty() ? code : message;
        return Response.newBuilder()
                .setRefusal(Refusal.newBuilder().setCode(code).setMessage(said));
    }
}
