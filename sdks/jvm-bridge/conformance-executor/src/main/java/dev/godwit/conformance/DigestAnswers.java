package dev.godwit.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.godwit.digest.CacheKeys;
import dev.godwit.digest.CacheScope;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.digest.TypeDigest;
import dev.godwit.idl.conformance.v1.CacheKey;
import dev.godwit.idl.conformance.v1.CastToDigest;
import dev.godwit.idl.conformance.v1.Digest;
import dev.godwit.idl.core.v1.Interface;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;

/** Digests and cache keys. */
final class DigestAnswers {
    private DigestAnswers() {}

    static ByteString digest(Digest request) throws InvalidProtocolBufferException {
        return switch (request.getOfCase()) {
            case LITERAL -> bytes(LiteralDigest.digest(Literal.parseFrom(request.getLiteral())));
            case TYPE -> bytes(TypeDigest.digest(Type.parseFrom(request.getType())));
            case INTERFACE -> bytes(TypeDigest.digest(Interface.parseFrom(request.getInterface())));
            case INPUTS ->
                bytes(CacheKeys.inputsDigest(request.getInputs().getInputsList().stream()
                        .map(input -> new CacheKeys.Input(
                                input.getName(), input.getDigest().toByteArray()))
                        .toList()));
            case FOLDER ->
                ByteString.copyFromUtf8(CacheKeys.treeDigest(request.getFolder().getFilesList().stream()
                        .map(file -> new CacheKeys.Entry(file.getPath(), file.getDigest()))
                        .toList()));
            case CAST -> cast(request.getCast());
            default -> throw new UnsupportedRequest("digests of " + request.getOfCase());
        };
    }

    private static ByteString cast(CastToDigest cast) throws InvalidProtocolBufferException {
        return bytes(CacheKeys.castDigest(
                cast.getDigest().toByteArray(), Type.parseFrom(cast.getSource()), Type.parseFrom(cast.getTarget())));
    }

    static ByteString cacheKey(CacheKey request) {
        CacheScope scope = new CacheScope(
                request.getProject(), request.getDomain(), request.getTask(), request.getVersion(), request.getSalt());
        return bytes(CacheKeys.cacheKey(
                scope,
                request.getInterfaceDigest().toByteArray(),
                request.getInputsDigest().toByteArray()));
    }

    private static ByteString bytes(byte[] digest) {
        return ByteString.copyFrom(digest);
    }
}
