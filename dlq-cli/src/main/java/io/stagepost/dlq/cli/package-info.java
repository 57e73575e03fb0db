/** The command {@code dlq}, over the library {@link io.stagepost.dlq}. */
@NullMarked
package io.stagepost.dlq.cli;

import org.jspecify.annotations.NullMarked;
