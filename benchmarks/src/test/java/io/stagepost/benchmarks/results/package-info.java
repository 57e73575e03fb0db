/** What becomes of figures. */
@NullMarked
package io.stagepost.benchmarks.results;

import org.jspecify.annotations.NullMarked;
