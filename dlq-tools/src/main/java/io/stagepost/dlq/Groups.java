package io.stagepost.dlq;

import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts letters by fingerprint. What comes after the first thousand fingerprints is one group. */
final class Groups {
  private static final int MOST = 1_000;
  private static final Fingerprint OTHERS = new Fingerprint("(others)", "", "", "");

  private final Map<Fingerprint, Count> counts = new LinkedHashMap<>();

  void add(Letter letter) {
    Fingerprint fingerprint = letter.fingerprint();
    Count count = counts.get(fingerprint);
    if (count == null) {
      count =
          counts.computeIfAbsent(
              counts.size() < MOST ? fingerprint : OTHERS, any -> new Count(letter.id()));
    }
    count.add(letter);
  }

  /** The largest first. */
  List<Group> list() {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue().group(entry.getKey()))
        .sorted(Comparator.comparingLong(Group::letters).reversed())
        .toList();
  }

  private static final class Count {
    private final String sampleId;
    private final Set<Integer> keys = new HashSet<>();
    private long letters;
    private @Nullable Instant first;
    private @Nullable Instant last;

    Count(String sampleId) {
      this.sampleId = sampleId;
    }

    void add(Letter letter) {
      letters++;
      byte[] key = letter.message().key();
      if (key != null && keys.size() < Group.MOST_KEYS) {
        keys.add(Arrays.hashCode(key));
      }
      Instant time = letter.at().time();
      if (time != null) {
        first = first == null || time.isBefore(first) ? time : first;
        last = last == null || time.isAfter(last) ? time : last;
      }
    }

    Group group(Fingerprint fingerprint) {
      return new Group(fingerprint, letters, keys.size(), first, last, sampleId);
    }
  }
}
