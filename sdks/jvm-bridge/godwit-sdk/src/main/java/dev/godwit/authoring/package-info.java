/** How tasks, workflows and launch plans are declared. */
package dev.godwit.authoring;
