/** The command {@code contract}: what the library does, for a terminal and for CI. */
@NullMarked
package io.stagepost.asyncapi.cli;

import org.jspecify.annotations.NullMarked;
