package dev.godwit.json;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.godwit.errors.ValueMismatchException;

/** Protobuf's canonical JSON of whole messages, for the few places in which a value holds one. */
final class MessageJson {
    private MessageJson() {}

    static JsonValue write(Message message) {
        try {
            return JsonText.parse(
                    JsonFormat.printer().omittingInsignificantWhitespace().print(message));
        } catch (InvalidProtocolBufferException error) {
            throw new IllegalStateException("no message of the contract has an Any", error);
        }
    }

    static <B extends Message.Builder> B read(JsonValue value, B builder, String path) {
        String expected = "the JSON of " + builder.getDescriptorForType().getName();
        if (!(value instanceof JsonObject)) {
            throw new ValueMismatchException(path, expected, value.described(), "");
        }
        try {
            JsonFormat.parser().merge(JsonText.write(value), builder);
            return builder;
        } catch (InvalidProtocolBufferException | JsonTextException error) {
            throw new ValueMismatchException(path, expected, String.valueOf(error.getMessage()), "");
        }
    }
}
