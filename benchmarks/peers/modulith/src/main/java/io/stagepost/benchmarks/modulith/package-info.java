/** Spring Modulith as a contestant. */
@NullMarked
package io.stagepost.benchmarks.modulith;

import org.jspecify.annotations.NullMarked;
