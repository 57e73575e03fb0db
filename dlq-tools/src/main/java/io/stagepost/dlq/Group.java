package io.stagepost.dlq;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Letters that failed alike.
 *
 * @param fingerprint in what they are alike
 * @param letters how many they are
 * @param keys how many keys they have; at most {@value #MOST_KEYS} are counted
 * @param firstSeen the earliest of their times; null if none bears one
 * @param lastSeen the latest of their times; null if none bears one
 * @param sampleId one of them
 */
public record Group(
    Fingerprint fingerprint,
    long letters,
    int keys,
    @Nullable Instant firstSeen,
    @Nullable Instant lastSeen,
    String sampleId) {
  /** How many keys of a group are told apart, so that memory stays bounded. */
  public static final int MOST_KEYS = 10_000;
}
