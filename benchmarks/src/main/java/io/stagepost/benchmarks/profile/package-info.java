/** Where time goes: flight recordings as flame graphs. */
@NullMarked
package io.stagepost.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
