package dev.godwit.authoring;

/** The inputs of what takes nothing, or the outputs of what gives nothing. */
public record Empty() {}
