package io.stagepost.outbox.store;

import java.time.Duration;

/**
 * How much waits.
 *
 * @param rows how many rows wait to be relayed; counted up to the bound that was asked for
 * @param oldest for how long the oldest of them has waited, since its transaction began; zero if
 *     there are none
 * @param parked how many are parked
 */
public record Depth(long rows, Duration oldest, long parked) {}
