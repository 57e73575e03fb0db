/** Tests of the flame graphs. */
@NullMarked
package io.stagepost.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
