package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.testkit.Faults.PublishFault;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** The faults, one by one. */
class FaultsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final ManualClock clock = new ManualClock();
  private final InMemoryTransport transport =
      InMemoryTransport.builder().clock(clock).partitions(1).build();
  private final Faults faults = transport.faults();
  private final Sender sender = transport.sender(TIMEOUT);
  private final Listening intake = new Listening();

  private CompletableFuture<Receipt> send(String text) {
    return send("orders", text);
  }

  private CompletableFuture<Receipt> send(String address, String text) {
    return sender.send(new Message(address, null, List.of(), text.getBytes(UTF_8)));
  }

  private List<String> stored() {
    return transport.stored("orders").stream().map(stored -> stored.origin().position()).toList();
  }

  private void receive() {
    transport.receive(new Reception("billing", Set.of("orders"), TIMEOUT), intake);
    clock.run();
  }

  private static Throwable failure(CompletableFuture<Receipt> sent) {
    try {
      sent.join();
    } catch (CompletionException failed) {
      return requireNonNull(failed.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  @Test
  void the_next_publishes_are_rejected_for_whose_fault_the_test_says() {
    faults.failNextPublishes(1, PublishFault.REJECTED_FOR_MESSAGE);
    faults.failNextPublishes(1, PublishFault.REJECTED_FOR_SURROUNDINGS);
    assertThat(failure(send("a")))
        .asInstanceOf(InstanceOfAssertFactories.type(PublishRejectedException.class))
        .returns(PublishRejectedException.Fault.MESSAGE, PublishRejectedException::fault)
        .returns("SP-TEST-021", MessagingException::code);
    assertThat(failure(send("b")))
        .asInstanceOf(InstanceOfAssertFactories.type(PublishRejectedException.class))
        .returns(PublishRejectedException.Fault.SURROUNDINGS, PublishRejectedException::fault);
    assertThat(send("c").join().position()).isEqualTo("0/0");
  }

  @Test
  void an_unknown_publish_is_stored_or_not_as_the_test_says() {
    faults.failNextPublishes(1, PublishFault.UNKNOWN_NOT_STORED);
    assertThat(failure(send("a"))).isInstanceOf(PublishUnknownException.class);
    assertThat(stored()).isEmpty();
    faults.failNextPublishes(1, PublishFault.UNKNOWN_BUT_STORED);
    assertThat(failure(send("a"))).isInstanceOf(PublishUnknownException.class);
    assertThat(stored()).hasSize(1);
  }

  @Test
  void an_outage_concerns_one_address_until_it_ends() {
    faults.outage("orders", PublishFault.REJECTED_FOR_SURROUNDINGS);
    assertThat(failure(send("a"))).isInstanceOf(PublishRejectedException.class);
    assertThat(failure(send("b"))).isInstanceOf(PublishRejectedException.class);
    assertThat(send("bills", "c").join().address()).isEqualTo("bills");
    faults.endOutage("orders");
    send("d").join();
    assertThat(stored()).hasSize(1);
  }

  @Test
  void confirmations_that_are_held_come_in_order_once_released() {
    faults.holdConfirmations();
    CompletableFuture<Receipt> first = send("a");
    CompletableFuture<Receipt> second = send("b");
    clock.run();
    assertThat(stored()).hasSize(2);
    assertThat(first).isNotDone();
    assertThatThrownBy(first::join).hasMessageContaining("SP-TEST-003");
    faults.releaseConfirmations();
    assertThat(second.join().position()).isEqualTo("0/1");
    assertThat(first).isDone();
    assertThat(clock.nextDelay()).as("no timeout is left behind").isEmpty();
  }

  @Test
  void a_confirmation_that_is_held_beyond_the_timeout_makes_the_publish_unknown() {
    faults.holdConfirmations();
    CompletableFuture<Receipt> sent = send("a");
    clock.advance(TIMEOUT.minusNanos(1));
    assertThat(sent).isNotDone();
    clock.advance(Duration.ofNanos(1));
    assertThat(failure(sent))
        .isInstanceOf(PublishUnknownException.class)
        .hasMessageContaining("SP-TEST-023");
    faults.releaseConfirmations();
    clock.run();
    assertThat(stored()).hasSize(1);
  }

  @Test
  void slow_confirmations_come_late_and_too_slow_ones_not_at_all() {
    faults.slowConfirmations(Duration.ofSeconds(2));
    CompletableFuture<Receipt> sent = send("a");
    clock.advance(Duration.ofSeconds(1));
    assertThat(sent).isNotDone();
    clock.advance(Duration.ofSeconds(1));
    assertThat(sent).isCompleted();
    faults.slowConfirmations(TIMEOUT.plusSeconds(1));
    CompletableFuture<Receipt> late = send("b");
    clock.advance(TIMEOUT);
    assertThat(failure(late)).isInstanceOf(PublishUnknownException.class);
    clock.advance(TIMEOUT);
  }

  @Test
  void slow_deliveries_leave_time_between_two_of_a_partition() {
    receive();
    faults.slowDeliveries(Duration.ofSeconds(1));
    send("a").join();
    send("b").join();
    send("c").join();
    clock.run();
    assertThat(intake.texts()).containsExactly("a");
    clock.advance(Duration.ofSeconds(1));
    assertThat(intake.texts()).containsExactly("b");
    clock.advance(Duration.ofSeconds(1));
    assertThat(intake.texts()).containsExactly("c");
  }

  @Test
  void a_duplicate_comes_behind_its_original_and_either_settles_it() {
    receive();
    faults.duplicateNextDeliveries(1);
    send("a").join();
    send("b").join();
    clock.run();
    assertThat(intake.taken).extracting(Listening::text).containsExactly("a", "a", "b");
    intake.taken.get(0).settle();
    intake.taken.get(1).settle();
    assertThat(transport.settled("billing")).isEqualTo(1);
  }

  @Test
  void a_cut_connection_makes_what_is_under_way_unknown_and_stores_nothing_meanwhile() {
    faults.holdConfirmations();
    CompletableFuture<Receipt> underWay = send("a");
    transport.disconnect();
    faults.releaseConfirmations();
    assertThat(failure(underWay)).isInstanceOf(PublishUnknownException.class);
    assertThat(failure(send("b"))).isInstanceOf(PublishUnknownException.class);
    assertThat(stored()).hasSize(1);
    transport.reconnect();
    send("c").join();
    assertThat(stored()).hasSize(2);
  }

  @Test
  void the_end_of_all_faults_ends_all_that_lasts_and_all_that_is_to_come() {
    faults.failNextPublishes(5, PublishFault.UNKNOWN_NOT_STORED);
    faults.outage("orders", PublishFault.UNKNOWN_NOT_STORED);
    faults.duplicateNextDeliveries(5);
    faults.slowDeliveries(Duration.ofSeconds(1));
    faults.slowConfirmations(Duration.ofSeconds(1));
    faults.holdConfirmations();
    CompletableFuture<Receipt> held = send("bills", "held");
    faults.end();
    receive();
    send("a").join();
    send("b").join();
    clock.run();
    assertThat(held).isDone();
    assertThat(intake.texts()).containsExactly("a", "b");
  }

  @Test
  void a_fault_that_concerns_a_group_needs_one_that_was_started() {
    assertThatThrownBy(() -> faults.rebalance("biling")).hasMessageContaining("SP-TEST-005");
  }
}
