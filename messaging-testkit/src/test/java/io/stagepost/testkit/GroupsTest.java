package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who gets what, and gets it again, seen from an intake. */
class GroupsTest {
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final ManualClock clock = new ManualClock();
  private InMemoryTransport transport =
      InMemoryTransport.builder().clock(clock).partitions(1).build();
  private final Listening first = new Listening();
  private final Listening second = new Listening();

  private Receiver receive(InMemoryTransport connection, String group, Listening intake) {
    return connection.receive(new Reception(group, Set.of("orders"), DRAIN), intake);
  }

  private void send(String... texts) {
    try (Sender sender = transport.sender(Duration.ofSeconds(30))) {
      for (String text : texts) {
        var unused =
            sender.send(
                new Message("orders", "key".getBytes(UTF_8), List.of(), text.getBytes(UTF_8)));
      }
    }
    clock.run();
  }

  @Test
  void a_new_group_begins_at_the_earliest_message() {
    send("a", "b");
    receive(transport, "billing", first);
    clock.run();
    assertThat(first.texts()).containsExactly("a", "b");
  }

  @Test
  void a_group_may_wait_for_an_address_that_does_not_exist_yet() {
    receive(transport, "billing", first);
    clock.run();
    assertThat(transport.unsettled("billing")).isZero();
    send("a");
    assertThat(first.texts()).containsExactly("a");
  }

  @Test
  void every_group_gets_every_message_and_members_of_one_share_them() {
    transport = InMemoryTransport.builder().clock(clock).partitions(4).build();
    Listening audit = new Listening();
    receive(transport, "billing", first);
    receive(transport.another(), "billing", second);
    receive(transport, "audit", audit);
    transport.create("orders");
    clock.run();
    try (Sender sender = transport.sender(Duration.ofSeconds(1))) {
      for (int i = 0; i < 8; i++) {
        var unused = sender.send(new Message("orders", null, List.of(), new byte[] {'0'}));
      }
    }
    clock.run();
    assertThat(audit.taken).hasSize(8);
    assertThat(first.taken).hasSize(4);
    assertThat(second.taken).hasSize(4);
  }

  @Test
  void what_is_refused_is_offered_again_in_order_when_there_is_room() {
    first.room = 1;
    Receiver receiver = receive(transport, "billing", first);
    send("a", "b", "c");
    assertThat(first.texts()).containsExactly("a");
    first.room = 5;
    clock.run();
    assertThat(first.texts()).isEmpty();
    receiver.roomAvailable();
    clock.run();
    assertThat(first.texts()).containsExactly("b", "c");
  }

  @Test
  void what_is_settled_is_not_delivered_again_and_the_lag_tells_what_is_not() {
    Receiver receiver = receive(transport, "billing", first);
    send("a", "b", "c");
    first.taken.get(0).settle();
    first.taken.get(0).settle();
    assertThat(transport.settled("billing")).isEqualTo(1);
    assertThat(transport.unsettled("billing")).isEqualTo(2);
    assertThat(transport.topology().lag("billing", Set.of("orders")))
        .isEqualTo(Map.of("orders", 2L));
    receiver.close();
    receive(transport, "billing", second);
    clock.run();
    assertThat(second.texts()).containsExactly("b", "c");
  }

  @Test
  void redelivery_begins_at_the_lowest_unsettled_message_and_repeats_the_suffix() {
    receive(transport, "billing", first);
    send("a", "b", "c");
    first.taken.get(2).settle();
    first.taken.get(0).settle();
    assertThat(transport.unsettled("billing")).isEqualTo(1);
    first.texts();
    transport.faults().loseAssignments("billing");
    clock.run();
    assertThat(first.texts()).containsExactly("b", "c");
    assertThat(transport.unsettled("billing")).isEqualTo(2);
  }

  @Test
  void an_orderly_hand_over_waits_for_running_handlers() {
    receive(transport, "billing", first);
    send("a", "b");
    first.quiet = new CompletableFuture<>();
    List<Delivery> running = List.copyOf(first.taken);
    receive(transport.another(), "billing", second);
    clock.run();
    assertThat(second.taken).as("one partition stays with one member").isEmpty();
    transport.faults().rebalance("billing");
    clock.run();
    assertThat(first.released).hasSize(1).noneMatch(assignment -> assignment.isHeld());
    clock.advance(DRAIN.minusSeconds(1));
    assertThat(second.taken).isEmpty();
    running.get(0).settle(); // settled while the hand-over waits: it counts
    first.quiet.complete(null);
    clock.run();
    assertThat(second.texts()).containsExactly("b");
  }

  @Test
  void an_orderly_hand_over_waits_no_longer_than_the_drain_limit() {
    receive(transport, "billing", first);
    send("a");
    first.quiet = new CompletableFuture<>();
    receive(transport.another(), "billing", second);
    clock.run();
    transport.faults().rebalance("billing");
    clock.advance(DRAIN.minusNanos(1));
    assertThat(second.taken).isEmpty();
    clock.advance(Duration.ofNanos(1));
    assertThat(second.taken).hasSize(1);
    assertThat(first.lost).as("what still runs is cancelled").isEqualTo(first.released);
    first.taken.get(0).settle();
    assertThat(transport.unsettled("billing")).as("a late settle").isEqualTo(1);
  }

  @Test
  void a_lost_assignment_is_given_away_at_once_and_late_settles_change_nothing() {
    receive(transport, "billing", first);
    send("a");
    first.quiet = new CompletableFuture<>();
    receive(transport.another(), "billing", second);
    clock.run();
    transport.faults().loseAssignments("billing");
    clock.run();
    assertThat(second.taken).hasSize(1);
    first.taken.get(0).settle();
    assertThat(transport.unsettled("billing")).isEqualTo(1);
    second.taken.get(0).settle();
    assertThat(transport.unsettled("billing")).isZero();
  }

  @Test
  void members_that_join_and_leave_even_out_the_partitions() {
    transport = InMemoryTransport.builder().clock(clock).partitions(4).build();
    transport.create("orders");
    receive(transport, "billing", first);
    clock.run();
    Receiver leaving = receive(transport.another(), "billing", second);
    clock.run();
    assertThat(first.released).as("only what moves is released").hasSize(2);
    leaving.close();
    clock.run();
    assertThat(second.released).hasSize(2);
    assertThat(first.released).hasSize(2);
  }

  @Test
  void a_crash_redelivers_what_was_settled_since_the_last_commit() {
    transport =
        InMemoryTransport.builder()
            .clock(clock)
            .partitions(1)
            .commitEvery(Duration.ofSeconds(5))
            .build();
    InMemoryTransport crashing = transport.another();
    receive(crashing, "billing", first);
    send("a", "b", "c");
    first.taken.get(0).settle();
    clock.advance(Duration.ofSeconds(5));
    first.taken.get(1).settle();
    assertThat(transport.unsettled("billing")).isEqualTo(1);
    crashing.crash();
    crashing.reconnect();
    receive(transport, "billing", second);
    clock.run();
    assertThat(second.texts()).containsExactly("b", "c");
  }

  @Test
  void an_orderly_end_commits_whatever_the_interval() {
    transport =
        InMemoryTransport.builder()
            .clock(clock)
            .partitions(1)
            .commitEvery(Duration.ofHours(1))
            .build();
    Receiver receiver = receive(transport, "billing", first);
    send("a", "b");
    first.taken.get(0).settle();
    receiver.close();
    receiver.close();
    receive(transport, "billing", second);
    clock.run();
    assertThat(second.texts()).containsExactly("b");
  }

  @Test
  void a_connection_that_is_cut_loses_its_assignments_and_gets_them_back_with_the_unsettled() {
    receive(transport, "billing", first);
    send("a", "b");
    first.taken.get(0).settle();
    first.texts();
    transport.disconnect();
    clock.run();
    assertThat(first.lost).hasSize(1);
    assertThat(first.taken).isEmpty();
    transport.reconnect();
    clock.run();
    assertThat(first.texts()).containsExactly("b");
  }

  @Test
  void a_group_that_is_set_back_gets_everything_again() {
    receive(transport, "billing", first);
    send("a", "b");
    List.copyOf(first.taken).forEach(Delivery::settle);
    first.texts();
    transport.faults().redeliver("billing");
    clock.run();
    assertThat(first.texts()).containsExactly("a", "b");
    assertThat(transport.unsettled("billing")).isEqualTo(2);
  }

  @Test
  void what_every_group_has_settled_is_discarded_if_so_told() {
    transport = InMemoryTransport.builder().clock(clock).partitions(1).discardSettled().build();
    receive(transport, "billing", first);
    receive(transport, "audit", second);
    send(new ArrayList<>(Collections.nCopies(3000, "x")).toArray(String[]::new));
    assertThat(first.taken).hasSize(3000);
    first.taken.forEach(Delivery::settle);
    assertThat(transport.stored("orders")).hasSize(3000);
    second.taken.forEach(Delivery::settle);
    assertThat(transport.stored("orders")).hasSizeLessThan(1024);
    assertThat(transport.unsettled("audit")).isZero();
  }
}
