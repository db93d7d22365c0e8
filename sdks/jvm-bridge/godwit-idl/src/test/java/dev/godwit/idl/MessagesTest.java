package dev.godwit.idl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import build.buf.protovalidate.ValidatorFactory;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import org.junit.jupiter.api.Test;

class MessagesTest {
    @Test
    void literalsReadWhatTheyWrite() throws Exception {
        Literal written = Literal.newBuilder().setIntValue(Long.MIN_VALUE).build();
        assertEquals(written, Literal.parseFrom(written.toByteString()));
    }

    @Test
    void theRulesOfTheMessagesAreThere() throws Exception {
        var validator = ValidatorFactory.newBuilder().build();
        var type = Type.newBuilder().setSimple(SimpleType.SIMPLE_TYPE_INT);
        assertTrue(validator
                .validate(Input.newBuilder().setName("a").setType(type).build())
                .isSuccess());
        assertFalse(validator.validate(Input.newBuilder().setName("1").build()).isSuccess());
    }

    @Test
    void theTableOfCastabilityIsThere() {
        assertNotNull(getClass().getResource("castability.json"));
    }
}
