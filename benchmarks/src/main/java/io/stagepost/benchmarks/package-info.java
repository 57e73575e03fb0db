/**
 * Side-by-side measurements: ours and a raw client, interleaved in one run, on the same broker,
 * with the same bytes, durability and concurrency. What counts is the ratio of each round; absolute
 * figures belong to the machine they were taken on.
 */
@NullMarked
package io.stagepost.benchmarks;

import org.jspecify.annotations.NullMarked;
