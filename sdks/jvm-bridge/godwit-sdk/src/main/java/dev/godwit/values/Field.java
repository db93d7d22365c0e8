package dev.godwit.values;

import dev.godwit.idl.core.v1.Literal;
import java.util.Optional;

/**
 * A component of a record as the contract has it: a field, an input, an output.
 *
 * @param name the name
 * @param codec its translation
 * @param defaultValue its default; empty where it must be given
 * @param description what it is for; empty when undocumented
 */
public record Field(String name, Codec<?> codec, Optional<Literal> defaultValue, String description) {}
