/** Debezium Engine as a contestant, with the outbox event router. */
@NullMarked
package io.stagepost.benchmarks.debezium;

import org.jspecify.annotations.NullMarked;
