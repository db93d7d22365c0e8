package dev.godwit.conformance.scenarios;

import com.google.protobuf.ByteString;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.values.Json;
import java.util.UUID;

/** Constants of text, bytes, UUIDs and JSON. */
final class TextsScenario {
    record Taken(String text, ByteString data, UUID key, Json free) {}

    static final Task<Taken, Json> TAKE = Task.of("texts.take", Taken.class, Json.class, Taken::free);
    static final Workflow<Empty, Json> MAIN = Workflow.of(
            "texts.main",
            Empty.class,
            Json.class,
            flow -> flow.result(flow.call(TAKE)
                    .set(Taken::text)
                    .to("a\"\u00e9\ud83d\ude00\n")
                    .set(Taken::data)
                    .to(ByteString.copyFrom(new byte[] {0, -1}))
                    .set(Taken::key)
                    .to(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"))
                    .set(Taken::free)
                    .to(new Json("{\"b\": [1, 2.5, null], \"a\": \"x\"}"))
                    .result()));

    private TextsScenario() {}
}
