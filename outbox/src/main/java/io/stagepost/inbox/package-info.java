/** The inbox. */
@NullMarked
package io.stagepost.inbox;

import org.jspecify.annotations.NullMarked;
