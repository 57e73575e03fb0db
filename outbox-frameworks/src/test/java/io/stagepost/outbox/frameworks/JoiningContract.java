package io.stagepost.outbox.frameworks;

import static io.stagepost.outbox.frameworks.Office.ORDER_PLACED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.TransactionalPublisher;
import io.stagepost.outbox.CurrentTransaction;
import io.stagepost.outbox.frameworks.Office.Order;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What holds whoever begins and ends the transaction. */
abstract class JoiningContract {
  final Office office = new Office();

  @AfterEach
  void close() throws Exception {
    closeFramework();
    office.close();
  }

  /** What an application gives to the outbox, once. */
  abstract CurrentTransaction current();

  /** Runs work in a transaction of the framework, as an application does; an exception ends it. */
  abstract void inTransaction(Runnable work) throws Exception;

  /** The business change, as an application does it. */
  abstract void placeOrder(String id);

  /** Which code an event without a transaction is refused with. */
  abstract String refusal();

  void closeFramework() throws Exception {}

  private void placeAndPublish(TransactionalPublisher publisher, String id) {
    placeOrder(id);
    publisher.publish(ORDER_PLACED.event(new Order(id)));
  }

  @Test
  void d08_a_commit_takes_the_event_along() throws Exception {
    TransactionalPublisher publisher = office.outbox.joining(current());
    for (String id : new String[] {"o-1", "o-2"}) {
      inTransaction(
          () -> {
            placeAndPublish(publisher, id);
            assertThat(office.outbox.pending()).isEqualTo(id.equals("o-1") ? 0 : 1);
          });
    }
    assertThat(office.orders()).isEqualTo(2);
    assertThat(office.outbox.pending()).isEqualTo(2);
  }

  @Test
  void d08_a_rollback_takes_the_event_back() throws Exception {
    TransactionalPublisher publisher = office.outbox.joining(current());
    assertThatThrownBy(
            () ->
                inTransaction(
                    () -> {
                      placeAndPublish(publisher, "o-1");
                      throw new IllegalStateException("changed my mind");
                    }))
        .hasStackTraceContaining("changed my mind");
    assertThat(office.orders()).isZero();
    assertThat(office.outbox.pending()).isZero();

    inTransaction(() -> placeAndPublish(publisher, "o-2"));
    assertThat(office.outbox.pending()).isEqualTo(1);
  }

  @Test
  void an_event_without_a_transaction_is_refused() throws Exception {
    TransactionalPublisher publisher = office.outbox.joining(current());
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(() -> publisher.publish(ORDER_PLACED.event(new Order("o-1"))))
        .satisfies(refused -> assertThat(refused.code()).isEqualTo(refusal()));
    assertThat(office.outbox.pending()).isZero();

    inTransaction(() -> placeAndPublish(publisher, "o-2"));
    assertThat(office.outbox.pending()).isEqualTo(1);
  }
}
