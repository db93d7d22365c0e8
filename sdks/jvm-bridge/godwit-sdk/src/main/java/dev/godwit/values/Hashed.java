package dev.godwit.values;

/**
 * A value with its author's own hash, which takes the value's place in digests, and nowhere else: two values of one hash
 * are one to the cache.
 *
 * @param value the value
 * @param hash the hash; empty: none
 * @param <T> the value's type, which is its type in the contract
 */
public record Hashed<T>(T value, String hash) {}
