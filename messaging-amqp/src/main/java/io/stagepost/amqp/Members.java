package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Publisher;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The members of a subscription, as one of them sees the others: hears of them, tells them that it
 * is there, and gives up what is theirs. Belongs to the loop, but for what is said to be done
 * beside it.
 *
 * <p>Who is to have which queue: the one with the highest weight there (rendezvous hashing, Thaler
 * and Ravishankar 1998), so that a member that comes or goes moves only the queues that it gets or
 * had.
 */
final class Members {
  private static final String MEMBER = "member";
  private static final String NEW = "new";

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final Loop loop;
  private final AmqpReceiver receiver;
  private final String self = UUID.randomUUID().toString();

  /** Alone as yet. */
  Members(Reception reception, Intake intake, Loop loop, AmqpReceiver receiver) {
    this.reception = reception;
    this.intake = intake;
    this.loop = loop;
    this.receiver = receiver;
  }

  /** The weight of a member at a queue: positive, the same wherever it is computed. */
  static int weight(String member, String queue) {
    long mixed = 31L * member.hashCode() + queue.hashCode();
    // the finalizer of SplitMix64
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    mixed ^= mixed >>> 31;
    return 1 + (int) (mixed & 0x3fff_ffff);
  }

  /** Begins to hear of the other members of an address. Beside the loop. */
  void listen(Connection at, String address) {
    String control = Layout.control(address, reception.subscription());
    String mine = control + "." + UUID.randomUUID(); // a former connection may still have its own
    Management management = at.management();
    management.queue(mine).exclusive(true).autoDelete(true).classic().queue().declare();
    management.binding().sourceExchange(control).destinationQueue(mine).bind();
    var unused =
        at.consumerBuilder()
            .queue(mine)
            .messageHandler(
                (context, message) -> {
                  context.accept();
                  if (message.property(MEMBER) instanceof String other && !other.equals(self)) {
                    heard(address, other, Boolean.TRUE.equals(message.property(NEW)));
                  }
                })
            .build();
  }

  /**
   * Tells the other members of an address that this one is there. Beside the loop.
   *
   * @param isNew whether it has attached just now
   */
  void announce(Connection at, String address, boolean isNew) {
    Publisher publisher =
        at.publisherBuilder().exchange(Layout.control(address, reception.subscription())).build();
    try {
      publisher.publish(
          publisher.message().property(MEMBER, self).property(NEW, isNew),
          answer -> loop.run(publisher::close)); // unheard it is said again
    } catch (AmqpException unheard) {
      LOG.log(Level.DEBUG, "The broker takes nothing in", unheard);
      publisher.close();
    }
  }

  /**
   * Another member is attached to all queues: those where it weighs more are its own. One that is
   * new comes before us there when we leave, wherever we stand; of the others we know only that
   * they are behind us where we have got something.
   */
  private void heard(String address, String other, boolean isNew) {
    List<Stay> yielding = new ArrayList<>();
    for (Stay stay : receiver.stays().all()) {
      String queue = stay.queue();
      if (stay.address().equals(address)
          && (isNew || stay.hasReceived())
          && weight(other, queue) > weight(self, queue)) {
        yielding.add(stay);
      }
    }
    yielding.forEach(this::giveUp);
  }

  /** Starts nothing more of it, and gives it up when what runs has ended. */
  private void giveUp(Stay stay) {
    if (!stay.assignment().isHeld()) {
      return;
    }
    LOG.log(Level.DEBUG, () -> receiver + " gives up " + stay);
    stay.release();
    AtomicBoolean over = new AtomicBoolean();
    var unused =
        intake
            .release(List.of(stay.assignment()))
            .thenRun(
                () ->
                    loop.run(() -> handOver(stay, CompletableFuture.completedFuture(null), over)));
    loop.later(() -> overdue(stay, over), reception.drain());
  }

  private void overdue(Stay stay, AtomicBoolean over) {
    if (over.get() || stay.isOver()) {
      return;
    }
    CompletableFuture<Void> handled = intake.lose(List.of(stay.assignment()));
    LOG.log(
        Level.WARNING,
        () ->
            "SP-AMQP-016 Subscription "
                + reception.subscription()
                + " hands over "
                + stay
                + " while handlers of its events still run, after waiting for "
                + reception.drain()
                + ": such an event is redelivered and may overlap. Raise Limits.drain(...) or make"
                + " the handler quicker.");
    handOver(stay, handled, over);
  }

  private void handOver(Stay stay, CompletableFuture<Void> handled, AtomicBoolean over) {
    if (!over.getAndSet(true) && !stay.isOver() && receiver.isConnected()) {
      LOG.log(Level.DEBUG, () -> receiver + " hands over " + stay);
      receiver.stays().attachAnew(stay, handled);
    }
  }

  @Override
  public String toString() {
    return "member " + self + " of " + reception.subscription();
  }
}
