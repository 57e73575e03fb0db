package io.stagepost.benchmarks.results;

/**
 * What else was seen of a contestant.
 *
 * @param cpuMicros of processor time of its JVM for each event
 * @param lost events that never came
 * @param again events that came again
 * @param disordered events that came after a later one of their key, or at the same time as another
 */
public record Checks(double cpuMicros, long lost, long again, long disordered) {}
