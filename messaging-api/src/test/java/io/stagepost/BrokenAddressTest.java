package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishLimits.WhenFull;
import io.stagepost.PublishRejectedException.Fault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rest that an address is given where publishing keeps failing. */
@Timeout(60)
class BrokenAddressTest extends PublishTests {
  private void fail(Messaging messaging, int times) {
    for (int i = 0; i < times; i++) {
      CompletableFuture<Receipt> published = publish(messaging, "x");
      last().fail(unknown());
      assertThat(failure(published)).hasMessageStartingWith("SP-TEST-001");
    }
  }

  @Test
  void an_address_that_keeps_failing_rests_is_probed_with_one_and_recovers() {
    Messaging messaging = messaging(PublishLimits.defaults());
    fail(messaging, 5);
    assertThat(messaging.health().publishing().broken()).containsExactly("texts");
    assertRejected(publish(messaging, "x"), "SP-API-019", Fault.SURROUNDINGS);
    CompletableFuture<Receipt> elsewhere =
        messaging.publish(ScriptedTransport.type("elsewhere").event("y"));
    assertThat(elsewhere).isNotDone();

    time.advance(Duration.ofSeconds(5));
    CompletableFuture<Receipt> probe = publish(messaging, "probe 1");
    assertThat(probe).isNotDone();
    assertRejected(publish(messaging, "x"), "SP-API-019", Fault.SURROUNDINGS);
    last().fail(unknown());
    assertRejected(publish(messaging, "x"), "SP-API-019", Fault.SURROUNDINGS);

    time.advance(Duration.ofSeconds(5));
    send(messaging, "probe 2");
    last().confirm();
    assertThat(messaging.health().publishing().broken()).isEmpty();
    assertThat(publish(messaging, "a")).isNotDone();
    assertThat(publish(messaging, "b")).isNotDone();
  }

  @Test
  void a_success_begins_the_count_anew_and_a_messages_own_fault_is_not_counted() {
    Messaging messaging = messaging(PublishLimits.defaults());
    fail(messaging, 4);
    send(messaging, "x");
    last().confirm();
    fail(messaging, 4);
    for (int i = 0; i < 10; i++) {
      send(messaging, "too large");
      last().fail(new PublishRejectedException("SP-TEST-002", "too large", Fault.MESSAGE, null));
    }
    assertThat(messaging.health().publishing().broken()).isEmpty();
    fail(messaging, 1);
    assertThat(messaging.health().publishing().broken()).containsExactly("texts");
  }

  @Test
  void a_probe_that_is_not_sent_or_says_nothing_leaves_the_probing_to_the_next() {
    Messaging messaging = messaging(upTo(1).whenFull(WhenFull.FAIL));
    fail(messaging, 5);
    time.advance(Duration.ofSeconds(5));
    begin(messaging.publish(ScriptedTransport.type("elsewhere").event("y")));
    assertRejected(publish(messaging, "no room"), "SP-API-025", Fault.SURROUNDINGS);
    last().confirm();
    send(messaging, "too large");
    last().fail(new PublishRejectedException("SP-TEST-002", "too large", Fault.MESSAGE, null));
    assertThat(messaging.health().publishing().broken()).containsExactly("texts");
    send(messaging, "x");
    last().confirm();
    assertThat(messaging.health().publishing().broken()).isEmpty();
  }

  @Test
  void what_was_sent_before_the_rest_began_does_not_prolong_it() {
    Messaging messaging = messaging(PublishLimits.defaults());
    for (int i = 0; i < 8; i++) {
      send(messaging, "x");
    }
    transport.sent().subList(0, 5).forEach(sent -> sent.fail(unknown()));
    time.advance(Duration.ofSeconds(4));
    transport.sent().forEach(sent -> sent.fail(unknown()));
    time.advance(Duration.ofSeconds(1));
    assertThat(publish(messaging, "probe")).isNotDone();
  }
}
