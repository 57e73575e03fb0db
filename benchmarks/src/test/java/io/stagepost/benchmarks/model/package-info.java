/** Tests of the queueing model. */
@NullMarked
package io.stagepost.benchmarks.model;

import org.jspecify.annotations.NullMarked;
