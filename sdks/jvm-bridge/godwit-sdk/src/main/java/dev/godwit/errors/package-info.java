/** What this SDK raises: each with a code that never changes its meaning. */
package dev.godwit.errors;
