/** gruelbox transaction-outbox as a contestant. */
@NullMarked
package io.stagepost.benchmarks.gruelbox;

import org.jspecify.annotations.NullMarked;
