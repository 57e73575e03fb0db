package io.stagepost.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.prove.Oracle.Seen;
import io.stagepost.prove.Strikes.Struck;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A copy is put down to what befell the send before. Times are milliseconds. */
class CopiesTest {
  private final List<Seen> log = new ArrayList<>();
  private final List<Attempt> sends = new ArrayList<>();
  private final List<Struck> struck = new ArrayList<>();

  @Test
  void what_was_published_once_is_no_copy() {
    published(1);
    sent("relay-1", "100 send a\n120 done a\n");
    assertCause(null, 0);
  }

  @Test
  void a_relay_that_was_killed_before_its_answer_has_caused_the_copy() {
    published(2);
    sent("relay-1", "100 send a\n");
    sent("relay-2", "900 send a\n910 done a\n");
    struck(Fault.RELAY_KILLED, "relay-1", 110, 120);
    struck(Fault.BROKER_CUT, "broker", 800, 800);
    assertCause(Fault.RELAY_KILLED, 1);
  }

  @Test
  void another_relay_than_the_one_that_sent_is_not_to_blame() {
    published(2);
    sent("relay-1", "100 send a\n");
    sent("relay-2", "900 send a\n910 done a\n");
    struck(Fault.RELAY_KILLED, "relay-2", 110, 120);
    assertCause(null, 1);
  }

  @Test
  void what_was_confirmed_and_sent_again_is_the_database_s_doing() {
    published(2);
    sent("relay-1", "100 send a\n120 done a\n900 send a\n");
    struck(Fault.BROKER_SILENT, "broker", 130, 800);
    struck(Fault.DATABASE_CUT, "database", 125, 125);
    assertCause(Fault.DATABASE_CUT, 1);
  }

  @Test
  void what_failed_and_is_there_all_the_same_is_the_broker_s_doing() {
    published(2);
    sent("relay-1", "100 send a\n2100 fail a late\n2200 send a\n");
    struck(Fault.DATABASE_CUT, "database", 2_000, 2_000);
    struck(Fault.BROKER_STOPPED, "broker", 90, 4_000);
    assertCause(Fault.BROKER_STOPPED, 1);
  }

  @Test
  void what_is_long_over_has_caused_nothing() {
    published(2);
    sent("relay-1", "10000 send a\n10010 done a\n10900 send a\n");
    struck(Fault.DATABASE_KILLED, "database", 100, 4_000);
    assertCause(null, 1);
  }

  @Test
  void what_failed_without_a_fault_was_sent_to_a_slow_broker() {
    published(2);
    sent("relay-1", "100 send a\n2100 fail a late\n2200 send a\n");
    assertCause(null, 0);
    assertThat(new Copies(log, sends, struck).slow()).isEqualTo(1);
  }

  @Test
  void more_copies_than_sends_are_nobody_s() {
    published(3);
    sent("relay-1", "100 send a\n120 done a\n");
    assertCause(null, 2);
  }

  private void published(int times) {
    for (int i = 0; i < times; i++) {
      log.add(new Seen("a", "key", 0, i, Instant.EPOCH, "", ""));
    }
  }

  private void sent(String relay, String book) {
    sends.addAll(SendBook.read(relay + ".1", book));
  }

  private void struck(Fault fault, String what, long from, long to) {
    struck.add(new Struck(fault, what, Instant.ofEpochMilli(from), Instant.ofEpochMilli(to), true));
  }

  private void assertCause(@Nullable Fault fault, int copies) {
    Copies counted = new Copies(log, sends, struck);
    if (fault == null) {
      assertThat(counted.byFault()).isEmpty();
      assertThat(counted.unaccounted()).isEqualTo(copies);
    } else {
      assertThat(counted.byFault()).containsOnlyKeys(fault).containsEntry(fault, copies);
      assertThat(counted.unaccounted()).isZero();
    }
  }
}
