package io.stagepost.prove;

import io.stagepost.prove.Oracle.Seen;
import io.stagepost.prove.Strikes.Struck;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the copies of events come from: for each that was sent again, the fault that befell the send
 * before. Pure.
 *
 * <p>A fault fits if it lay between the two sends, or ended shortly before the first: one of the
 * relay that made it; one of the broker, unless it was confirmed; one of the database, unless it
 * failed. Of several that fit it is the relay's own, else the one that began last. A send that
 * failed without any is put down to a broker that was slow.
 */
final class Copies {
  /** How long it takes a server to be itself again. */
  private static final Duration AFTER = Duration.ofSeconds(5);

  private static final Set<Fault> RELAY =
      EnumSet.of(Fault.RELAY_KILLED, Fault.RELAY_STOPPED, Fault.RELAY_ZOMBIE);
  private static final Set<Fault> BROKER = EnumSet.range(Fault.BROKER_KILLED, Fault.BROKER_SILENT);
  private static final Set<Fault> DATABASE =
      EnumSet.range(Fault.DATABASE_KILLED, Fault.DATABASE_FULL);

  private final Map<Fault, Integer> byFault = new EnumMap<>(Fault.class);
  private int slow;
  private int unaccounted;

  Copies(List<Seen> log, List<Attempt> sends, List<Struck> struck) {
    Map<String, Integer> seen = new HashMap<>();
    log.forEach(record -> seen.merge(record.event(), 1, Integer::sum));
    Map<String, List<Attempt>> byEvent =
        sends.stream().collect(Collectors.groupingBy(Attempt::event));
    seen.forEach(
        (event, times) -> {
          List<Attempt> attempts =
              byEvent.getOrDefault(event, List.of()).stream()
                  .sorted(Comparator.comparing(Attempt::begun))
                  .toList();
          for (int i = 1; i < times; i++) {
            if (i < attempts.size()) {
              count(attempts.get(i - 1), attempts.get(i), struck);
            } else {
              unaccounted++;
            }
          }
        });
  }

  private void count(Attempt before, Attempt again, List<Struck> struck) {
    Fault fault = cause(before, again, struck);
    if (fault != null) {
      byFault.merge(fault, 1, Integer::sum);
    } else if (before.isFailed()) {
      slow++;
    } else {
      unaccounted++;
    }
  }

  private static @Nullable Fault cause(Attempt before, Attempt again, List<Struck> struck) {
    boolean answered = before.ended() != null && !before.ended().isAfter(again.begun());
    Fault latest = null;
    Instant began = Instant.MIN;
    for (Struck one : struck) {
      if (one.from().isAfter(again.begun()) || one.to().plus(AFTER).isBefore(before.begun())) {
        continue;
      }
      if (RELAY.contains(one.fault())) {
        if (one.what().startsWith(before.relay()) && !one.to().isBefore(before.begun())) {
          return one.fault();
        }
        continue;
      }
      boolean fits =
          (BROKER.contains(one.fault()) && !(answered && before.isConfirmed()))
              || (DATABASE.contains(one.fault()) && !(answered && before.isFailed()));
      if (fits && one.from().isAfter(began)) {
        latest = one.fault();
        began = one.from();
      }
    }
    return latest;
  }

  /** How many each kind of fault has caused; kinds that caused none are missing. */
  Map<Fault, Integer> byFault() {
    return byFault;
  }

  /** How many come of sends that failed without a fault. */
  int slow() {
    return slow;
  }

  /** How many nothing accounts for. */
  int unaccounted() {
    return unaccounted;
  }
}
