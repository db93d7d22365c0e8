/** Java types as the contract has them: annotations, records of every JVM language, rendering, validation. */
package dev.godwit.types;
