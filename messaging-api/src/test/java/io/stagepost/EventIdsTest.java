package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventIdsTest {
  private static final long THEN = 1_700_000_000_123L;

  private final AtomicLong clock = new AtomicLong(THEN);
  private final EventIds ids = new EventIds(clock::get);

  @Test
  void an_id_is_a_uuid_of_version_7_that_begins_with_the_time() {
    UUID id = ids.next();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(THEN);
  }

  @Test
  void ids_sort_as_they_were_made_whatever_the_clock_does() {
    List<String> made = new ArrayList<>();
    for (int step : new int[] {0, 0, 1, 0, -500, 0, 499, 2}) {
      clock.addAndGet(step);
      made.add(ids.next().toString());
    }
    assertThat(made).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void a_clock_that_stands_still_makes_as_many_as_are_asked_for() {
    assertThat(Stream.generate(ids::next).limit(100_000)).doesNotHaveDuplicates();
  }

  @Test
  void two_processes_make_different_ids_in_the_same_millisecond() {
    EventIds other = new EventIds(clock::get);
    assertThat(ids.next()).isNotEqualTo(other.next());
    clock.incrementAndGet();
    assertThat(ids.next().getLeastSignificantBits())
        .as("drawn anew, not counted on")
        .isNotEqualTo(other.next().getLeastSignificantBits());
  }

  @Test
  void threads_never_get_the_same() throws Exception {
    Set<UUID> all = ConcurrentHashMap.newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> makers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        makers.add(
            threads.submit(
                () -> {
                  for (int n = 0; n < 20_000; n++) {
                    all.add(EventIds.SHARED.next());
                  }
                }));
      }
      for (Future<?> maker : makers) {
        maker.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(all).hasSize(160_000);
  }
}
