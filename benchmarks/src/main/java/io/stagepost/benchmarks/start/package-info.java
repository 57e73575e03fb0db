/**
 * How long a service takes from its start to its first event, and what it has on its class path.
 */
@NullMarked
package io.stagepost.benchmarks.start;

import org.jspecify.annotations.NullMarked;
