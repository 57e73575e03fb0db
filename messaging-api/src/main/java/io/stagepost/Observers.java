package io.stagepost;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells all observers, and keeps what they throw from the roads. Costs a check when none listen.
 */
final class Observers implements Observer {
  static final Observers NONE = new Observers(List.of());

  private static final Logger LOG = System.getLogger(Observers.class.getName());

  private final Observer[] observers;
  private final AtomicBoolean complained = new AtomicBoolean();

  Observers(List<Observer> observers) {
    this.observers = observers.toArray(Observer[]::new);
  }

  boolean any() {
    return observers.length > 0;
  }

  private void tell(Consumer<Observer> what) {
    for (Observer observer : observers) {
      try {
        what.accept(observer);
      } catch (RuntimeException | Error fault) {
        complain(observer, fault);
      }
    }
  }

  /** Once: what fails at every event would drown the rest of the log. */
  private void complain(Observer observer, Throwable fault) {
    if (!complained.getAndSet(true)) {
      LOG.log(
          Level.ERROR,
          "SP-API-017 The observer "
              + observer.getClass().getName()
              + " failed, and what it is told next may be lost to it too; mend it.",
          fault);
    }
  }

  @Override
  public void publishing(Message message) {
    if (any()) {
      tell(observer -> observer.publishing(message));
    }
  }

  @Override
  public void published(Message message, long nanos, @Nullable Throwable failure) {
    if (any()) {
      tell(observer -> observer.published(message, nanos, failure));
    }
  }

  @Override
  public void received(String subscription, Delivery delivery) {
    if (any()) {
      tell(observer -> observer.received(subscription, delivery));
    }
  }

  @Override
  public void started(String subscription, Delivery delivery, int attempt) {
    if (any()) {
      tell(observer -> observer.started(subscription, delivery, attempt));
    }
  }

  @Override
  public void ended(
      String subscription,
      Delivery delivery,
      int attempt,
      Ending ending,
      long nanos,
      @Nullable Throwable failure) {
    if (any()) {
      tell(observer -> observer.ended(subscription, delivery, attempt, ending, nanos, failure));
    }
  }

  @Override
  public void settled(String subscription, Delivery delivery) {
    if (any()) {
      tell(observer -> observer.settled(subscription, delivery));
    }
  }

  @Override
  public void stateChanged(String subscription, Subscription.State from, Subscription.State to) {
    if (any()) {
      tell(observer -> observer.stateChanged(subscription, from, to));
    }
  }

  @Override
  public void relayed(String outbox, int sent, int parked, int violations) {
    if (any()) {
      tell(observer -> observer.relayed(outbox, sent, parked, violations));
    }
  }

  @Override
  public void outboxMeasured(String outbox, long waiting, Duration oldest, long parked) {
    if (any()) {
      tell(observer -> observer.outboxMeasured(outbox, waiting, oldest, parked));
    }
  }

  @Override
  public @Nullable String traceparent() {
    for (Observer observer : observers) {
      try {
        String context = observer.traceparent();
        if (context != null) {
          return context;
        }
      } catch (RuntimeException | Error fault) {
        complain(observer, fault);
      }
    }
    return null;
  }
}
