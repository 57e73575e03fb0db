/**
 * What was measured, in one form for every row: {@link io.stagepost.benchmarks.results.Results}
 * keeps {@link io.stagepost.benchmarks.results.Comparison}s in a JSON file, and from them come the
 * Markdown table and the charts.
 */
@NullMarked
package io.stagepost.benchmarks.results;

import org.jspecify.annotations.NullMarked;
