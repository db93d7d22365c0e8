package dev.godwit.castability;

import dev.godwit.idl.core.v1.Literal;
import java.util.List;

/** The items of a list, packed or not. */
final class ListItems {
    private ListItems() {}

    static List<Literal> of(Literal literal) {
        if (literal.hasInts()) {
            return literal.getInts().getItemsList().stream()
                    .map(item -> Literal.newBuilder().setIntValue(item).build())
                    .toList();
        }
        if (literal.hasFloats()) {
            return literal.getFloats().getItemsList().stream()
                    .map(item -> Literal.newBuilder().setFloatValue(item).build())
                    .toList();
        }
        return literal.getList().getItemsList();
    }
}
