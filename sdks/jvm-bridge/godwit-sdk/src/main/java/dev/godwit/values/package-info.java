/** Java values as literals of the contract, and back. */
package dev.godwit.values;
