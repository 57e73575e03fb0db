package io.stagepost.samples.shop.launcher;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What befell a run with {@code --faults}, and what came of it.
 *
 * @param seed what the plan was made of
 * @param injectedLine the number of the line that failed for good
 * @param faults how often each kind struck while events were in flight
 * @param redelivered how often an event was handled, or begun to be, that had been before
 * @param suppressedDuplicates how often the inbox kept a redelivered event from taking effect again
 * @param voidBecause why the run proves nothing; null if it does
 */
record FaultReport(
    long seed,
    long injectedLine,
    SortedMap<String, Long> faults,
    long redelivered,
    long suppressedDuplicates,
    @JsonProperty("void") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String voidBecause) {

  /** How often each kind has to strike. */
  static final int LEAST = 3;

  /**
   * What the services counted.
   *
   * @param failed handlers that failed on purpose
   */
  record Counts(long redelivered, long suppressedDuplicates, long failed) {}

  static FaultReport of(long seed, long injectedLine, Map<FaultKind, Long> strikes, Counts counts) {
    SortedMap<String, Long> faults = new TreeMap<>();
    for (FaultKind kind : FaultKind.values()) {
      faults.put(kind.word(), strikes.getOrDefault(kind, 0L));
    }
    faults.put(FaultKind.HANDLER_FAILED.word(), counts.failed);
    List<String> missing = new ArrayList<>();
    faults.forEach(
        (kind, times) -> {
          if (times < LEAST) {
            missing.add(
                "%s struck %d times with events in flight, not %d".formatted(kind, times, LEAST));
          }
        });
    if (counts.redelivered == 0) {
      missing.add("nothing was redelivered");
    }
    if (counts.suppressedDuplicates == 0) {
      missing.add("the inbox suppressed nothing");
    }
    return new FaultReport(
        seed,
        injectedLine,
        faults,
        counts.redelivered,
        counts.suppressedDuplicates,
        missing.isEmpty() ? null : String.join("; ", missing));
  }
}
