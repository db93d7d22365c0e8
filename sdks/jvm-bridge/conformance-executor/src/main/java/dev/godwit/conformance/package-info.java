/** Answers the conformance suite for the SDK of the JVM. */
package dev.godwit.conformance;
