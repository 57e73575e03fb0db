package io.stagepost.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer.Ending;
import io.stagepost.spi.Reception;
import io.stagepost.testkit.Orders.Order;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecorderTest {
  private final ManualClock clock = new ManualClock();
  private final InMemoryTransport transport =
      InMemoryTransport.builder().clock(clock).partitions(1).build();
  private final Recorder recorder = new Recorder(transport);

  @Test
  void it_knows_what_was_published_dead_lettered_and_parked() {
    try (Messaging messaging = transport.messaging().observer(recorder).build()) {
      messaging
          .subscribe("billing")
          .on(
              Orders.PLACED,
              (event, context) ->
                  switch (event.data().text()) {
                    case "poison" -> Outcome.deadLetter("no such customer");
                    case "riddle" -> Outcome.park("ask somebody");
                    default -> Outcome.done();
                  })
          .start();
      for (String text : List.of("a book", "poison", "riddle")) {
        messaging.publish(Orders.PLACED.event(new Order(text, text)).withId(text)).join();
      }
      messaging
          .send(new Message(Orders.CHANNEL, null, List.of(), new byte[] {1}))
          .join(); // no CloudEvent
      transport.awaitSettled("billing", Duration.ofMinutes(1));
    }
    assertThat(recorder.published(Orders.PLACED))
        .extracting(event -> event.data().text())
        .containsExactly("a book", "poison", "riddle");
    assertThat(recorder.deadLettered(Orders.PLACED, "billing"))
        .extracting(event -> event.data().text())
        .containsExactly("poison");
    assertThat(recorder.parked(Orders.PLACED, "billing"))
        .extracting(event -> event.data().text())
        .containsExactly("riddle");
    assertThat(transport.stored("orders.billing.dead-letter")).hasSize(2);
    assertThat(recorder.endings("billing", "a book")).containsExactly(Ending.SUCCEEDED);
    assertThat(recorder.endings("billing", "poison")).containsExactly(Ending.DEAD_LETTERED);
    assertThat(recorder.endings("billing", "riddle")).containsExactly(Ending.PARKED);
    assertThat(recorder.failedPublishes()).isEmpty();
  }

  @Test
  void it_knows_how_each_try_ended() {
    Listening intake = new Listening();
    transport.receive(new Reception("billing", Set.of("orders"), Duration.ZERO), intake);
    try (Messaging messaging = transport.another().messaging().build()) {
      messaging.publish(Orders.PLACED.event(new Order("ada", "a book")).withId("1")).join();
      messaging.send(new Message(Orders.CHANNEL, null, List.of(), null)).join();
    }
    clock.run();
    Delivery event = intake.taken.get(0);
    IllegalStateException failure = new IllegalStateException();
    recorder.ended("billing", event, 1, Ending.RETRIED, 5, failure);
    recorder.ended("audit", event, 1, Ending.SKIPPED, 5, null);
    recorder.ended("billing", event, 2, Ending.SUCCEEDED, 5, null);
    recorder.ended("billing", intake.taken.get(1), 1, Ending.DEAD_LETTERED, 5, null);
    recorder.published(event.message(), 5, null);
    recorder.published(event.message(), 5, failure);
    assertThat(recorder.endings("billing", "1")).containsExactly(Ending.RETRIED, Ending.SUCCEEDED);
    assertThat(recorder.tries("billing"))
        .containsExactly(
            new Recorder.Try("billing", "1", 1, Ending.RETRIED, failure),
            new Recorder.Try("billing", "1", 2, Ending.SUCCEEDED, null),
            new Recorder.Try("billing", "0/1", 1, Ending.DEAD_LETTERED, null));
    assertThat(recorder.failedPublishes()).containsExactly(failure);
  }
}
