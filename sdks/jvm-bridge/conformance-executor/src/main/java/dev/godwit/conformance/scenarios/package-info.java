/** The scenarios of the conformance suite, as an author of Java writes them: {@code conformance/scenarios} says what they are. */
package dev.godwit.conformance.scenarios;
