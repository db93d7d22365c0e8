/** Which type may feed which, by the one table of the contract, and how a value is converted. */
package dev.godwit.castability;
