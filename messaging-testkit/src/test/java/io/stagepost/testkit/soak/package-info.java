/** Millions of events under random faults, watched by an oracle that keeps its own books. */
@NullMarked
package io.stagepost.testkit.soak;

import org.jspecify.annotations.NullMarked;
