package dev.godwit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.godwit.idl.conformance.v1.Hello;
import dev.godwit.idl.conformance.v1.Request;
import dev.godwit.idl.conformance.v1.Response;
import dev.godwit.idl.conformance.v1.RoundTripType;
import dev.godwit.idl.conformance.v1.SerializeScenario;
import dev.godwit.idl.core.v1.EnumType;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordType;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AnswersTest {
    private static final Path SCENARIOS =
            Path.of(System.getProperty("godwit.root", "../../.."), "conformance", "scenarios");

    private final Answers answers = new Answers();

    @TestFactory
    Stream<DynamicTest> everyScenarioIsDeclared() throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".txtpb"))
                    .map(name -> name.substring(0, name.length() - ".txtpb".length()))
                    .sorted()
                    .toList();
        }
        assertTrue(names.size() >= 40);
        return names.stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Request.Builder request = Request.newBuilder()
                            .setSerializeScenario(SerializeScenario.newBuilder().setName(name));
                    assertEquals(Response.KindCase.BUNDLE, answer(request).getKindCase());
                }));
    }

    @Test
    void namesThatJavaDoesNotAllowAreSaid() {
        Type color = Type.newBuilder()
                .setEnum(EnumType.newBuilder().addSymbols("class").addSymbols("not a name"))
                .build();
        Type record = Type.newBuilder()
                .setRecord(RecordType.newBuilder()
                        .setName("new")
                        .addFields(RecordField.newBuilder().setName("default").setType(color))
                        .addFields(RecordField.newBuilder()
                                .setName("hashCode")
                                .setDescription("A \"quote\",\na line, \u00e9 and \\u0041.")
                                .setType(Type.newBuilder()
                                        .setSimple(SimpleType.SIMPLE_TYPE_INT)
                                        .setNullable(true))))
                .build();
        assertEquals(record.toByteString(), roundTripped(record));
    }

    @Test
    void whatIsNoTypeIsRefused() {
        Request.Builder request = Request.newBuilder()
                .setRoundTripType(RoundTripType.newBuilder().setType(ByteString.copyFromUtf8("no type")));
        assertEquals("UNREADABLE", answer(request).getRefusal().getCode());
    }

    @Test
    void anotherVersionOfTheProtocolIsRefused() {
        Request.Builder request =
                Request.newBuilder().setHello(Hello.newBuilder().setProtocolVersion(2));
        assertEquals("PROTOCOL_VERSION", answer(request).getRefusal().getCode());
    }

    @Test
    void whatNobodyHasIsUnsupported() {
        Request.Builder request = Request.newBuilder()
                .setSerializeScenario(SerializeScenario.newBuilder().setName("no_such"));
        assertEquals(
                "The SDK of the JVM does not have a scenario no_such.",
                answer(request).getUnsupported().getMessage());
    }

    private ByteString roundTripped(Type type) {
        Request.Builder request =
                Request.newBuilder().setRoundTripType(RoundTripType.newBuilder().setType(type.toByteString()));
        return answer(request).getType();
    }

    private Response answer(Request.Builder request) {
        return answers.to(request.build()).setId(1).build();
    }
}
