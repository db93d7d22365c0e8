package dev.godwit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.godwit.authoring.ClassIndex;
import dev.godwit.examples.Greetings.GreetIn;
import dev.godwit.examples.Greetings.GreetOut;
import dev.godwit.examples.Greetings.PartyIn;
import dev.godwit.examples.Greetings.PartyOut;
import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.testing.GodwitExtension;
import dev.godwit.testing.InPlace;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(GodwitExtension.class)
class GreetingsTest {
    @Test
    void runsInPlace(InPlace place) {
        PartyOut out = place.run(Greetings.PARTY, new PartyIn("Ann", List.of("Bob", "Cid")));
        assertEquals(new PartyOut("Hello Hello Ann", "Hello Bob, Hello Cid"), out);
    }

    @Test
    void runsWithAnotherTaskInItsPlace(InPlace place) {
        place.mock(Greetings.GREET, (GreetIn in) -> new GreetOut(in.name()));
        assertEquals(new PartyOut("Ann", ""), place.run(Greetings.PARTY, new PartyIn("Ann", List.of())));
    }

    @Test
    void theBuildWroteItsSpecs() throws IOException {
        try (InputStream stream = Greetings.class.getClassLoader().getResourceAsStream(ClassIndex.BUNDLE)) {
            assertNotNull(stream);
            Bundle bundle = Bundle.parseFrom(stream);
            assertEquals(
                    List.of("dev.godwit.examples.Greetings", "GREET"),
                    bundle.getTasks(0).getProgram().getArgumentsList());
            assertEquals(1, bundle.getWorkflowsCount());
        }
    }
}
