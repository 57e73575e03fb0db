/** What is asked for. */
@NullMarked
package io.stagepost.benchmarks;

import org.jspecify.annotations.NullMarked;
